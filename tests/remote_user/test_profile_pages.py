"""Her own pages: profile, preferences, consent, her data, deletion."""

import json
from typing import Any

import make
import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from service_provider.models import (
    Account,
    AuditEntry,
    BasketLine,
    Consent,
    RevenuePrediction,
    Shopper,
    User,
    Visit,
)
from service_provider.services import baskets, intake

pytestmark = pytest.mark.django_db
CONTACT = {
    "phone": "0171 5555555", "country": "Türkiye", "state": "Istanbul", "city": "Kadıköy",
    "gender": "Female", "birth_year": "1990",
}  # fmt: skip
PAGES = ("profile", "profile-edit", "preferences", "consent", "my-data", "account-delete")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_shoppers_own(anna: Any, petra: Any, door: Any, name: str) -> None:
    url = reverse(f"shop:{name}")
    assert door(anna).get(url).status_code == 200
    assert door(petra).get(url).status_code == 403
    assert door(None).get(url).status_code == 302


def test_she_edits_her_profile(anna: Any, door: Any) -> None:
    client = door(anna)
    assert client.post(reverse("shop:profile-edit"), CONTACT).url == reverse("shop:profile")
    page = client.get(reverse("shop:profile")).content.decode()
    for value in CONTACT.values():
        assert value in page
    entry = AuditEntry.objects.get(verb="edit_profile")
    assert entry.detail == {"fields": ["birth_year", "city", "country", "gender", "phone", "state"]}
    assert "5555555" not in json.dumps(entry.detail)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phone": "12"}, "Use 5 to 24 digits"),
        ({"birth_year": "1800"}, "Give a year from"),
        ({"birth_year": "3000"}, "Give a year from"),
        ({"country": ""}, "required"),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_stores_nothing(
    anna: Any, door: Any, changed: dict[str, str], said: str
) -> None:
    page = door(anna).post(reverse("shop:profile-edit"), CONTACT | changed).content.decode()
    assert said in page
    assert 'value="Kadıköy"' in page
    assert Account.objects.get(user=anna).city == "Berlin"


def test_a_country_from_before_the_list_stays_choosable(anna: Any, door: Any) -> None:
    Account.objects.filter(user=anna).update(country="GDR")
    assert '<option value="GDR" selected' in door(anna).get(reverse("shop:profile-edit")).content.decode()


def test_she_chooses_channels_and_keeps_old_favourites_choosable(anna: Any, door: Any) -> None:
    Account.objects.filter(user=anna).update(favourite_categories=["Shoes", "Toys"])
    client = door(anna)
    chosen = {"favourite_categories": ["Shoes"], "channels": ["shop", "email"]}
    client.post(reverse("shop:preferences"), chosen)
    account = Account.objects.get(user=anna)
    assert (account.favourite_categories, account.channels) == (["Shoes"], ["shop", "email"])


def test_she_may_choose_nothing_at_all(anna: Any, door: Any) -> None:
    Account.objects.filter(user=anna).update(channels=["sms"])
    assert door(anna).post(reverse("shop:preferences"), {}).status_code == 302
    assert Account.objects.get(user=anna).channels == []


def test_mail_about_coupons_is_off_until_she_asks_for_it(anna: Any, door: Any) -> None:
    client = door(anna)
    url = reverse("shop:preferences")
    page = client.get(url)
    assert not page.context["form"]["coupon_mail"].value()
    assert 'id="id_coupon_mail_helptext"' in page.text
    for typed, kept, said in (({"coupon_mail": "on"}, True, "yes, of each new one"), ({}, False, "no")):
        page = client.post(url, typed, follow=True).text
        assert Account.objects.get(user=anna).coupon_mail is kept
        assert f"<dt>Mail about coupons</dt><dd>{said}</dd>" in page
    assert json.loads(client.get(reverse("shop:my-data")).content)["account"]["coupon_mail"] is False


def test_a_channel_that_is_not_offered_is_refused(anna: Any, door: Any) -> None:
    answer = door(anna).post(reverse("shop:preferences"), {"channels": ["pigeon"]})
    assert b"Select a valid choice" in answer.content


def test_each_changed_answer_is_a_row_of_its_own(anna: Any, door: Any) -> None:
    client = door(anna)
    for answers in ({"analytics": "on"}, {"analytics": "on"}, {}, {"offers": "on"}):
        client.post(reverse("shop:consent"), answers)
    assert list(Consent.objects.filter(user=anna).order_by("pk").values_list("purpose", "granted")) == [
        ("analytics", True), ("analytics", False), ("offers", True),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(verb="answer_consent").count() == 3


def test_what_is_necessary_cannot_be_refused(anna: Any, door: Any) -> None:
    page = door(anna).get(reverse("shop:consent")).content.decode()
    box = next(line for line in page.splitlines() if 'name="necessary"' in line)
    assert "checked" in box
    assert "disabled" in box


def test_she_downloads_what_is_kept_of_her_and_nothing_of_others(anna: Any, bea: Any, door: Any) -> None:
    version = make.model_version()
    make.prediction(version, shopper=anna.shopper, tid="mine")
    make.prediction(version, shopper=bea.shopper, tid="hers")
    answer = door(anna).get(reverse("shop:my-data"))
    assert "attachment" in answer["Content-Disposition"]
    data = json.loads(answer.content)
    assert data["user"]["email"] == "anna@example.test"
    assert data["account"]["phone"] == "+49 30 1234"
    assert [row["tid"] for row in data["predictions"]] == ["mine"]
    assert b"bea" not in answer.content
    assert b"password" not in answer.content


def test_her_download_has_visits_orders_and_basket(anna: Any, bea: Any, door: Any) -> None:
    make.product()
    for user in (anna, bea):
        make.order(user.shopper, f"order-of-{user.username}")
        baskets.add(user.shopper.key, "P1", quantity=2, now=make.NOON)
        lines = [intake.Bought("P1", "Shoes", 8990, 2)]
        intake.record_order(
            f"bought-by-{user.username}", lines, shopper_key=user.shopper.key, now_ms=1_779_278_400_123
        )
    answer = door(anna).get(reverse("shop:my-data"))
    data = json.loads(answer.content)
    [order], [visit] = data["orders"], data["visits"]
    assert (order["key"], order["total_minor"], order["placed_at"]) == (
        "order-of-anna", 17980, "2026-05-20T12:00:00Z",
    )  # fmt: skip
    line = {"product_id": "gone", "category": "Shoes", "price_minor": 8990, "quantity": 2}
    assert (order["discount_minor"], order["lines"]) == (0, [line | {"discount_minor": 0}])
    assert [event["kind"] for event in visit["events"]] == ["checkout", "purchase"]
    assert (visit["started_at"], visit["events"][1]["product_id"]) == ("2026-05-20T12:00:00.123Z", "P1")
    assert data["basket"] == [{"product_id": "P1", "quantity": 2}]
    assert b"bea" not in answer.content


def test_deletion_leaves_orders_and_visits_unnamed_and_no_basket(anna: Any, door: Any) -> None:
    make.product()
    order = make.order(anna.shopper)
    shopper = anna.shopper
    baskets.add(shopper.key, "P1", quantity=2, now=make.NOON)
    intake.record_order("bought", [], shopper_key=shopper.key, now_ms=1_779_278_400_123)
    assert door(anna).post(reverse("shop:account-delete"), {"password": make.PASSWORD}).status_code == 302
    order.refresh_from_db()
    assert order.shopper == shopper
    assert Visit.objects.get().shopper == shopper
    assert not BasketLine.objects.exists()
    assert not User.objects.filter(shopper=shopper).exists()


def test_the_wrong_password_deletes_nothing(anna: Any, door: Any) -> None:
    client = door(anna)
    assert b"not your password" in client.post(reverse("shop:account-delete"), {"password": "wrong"}).content
    assert User.objects.filter(pk=anna.pk).exists()


def test_guessing_the_password_there_locks_as_at_the_door(anna: Any, door: Any) -> None:
    client = door(anna)
    answers = [client.post(reverse("shop:account-delete"), {"password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


def test_deletion_takes_everything_personal_and_logs_out(anna: Any, bea: Any, door: Any) -> None:
    row = make.prediction(
        make.model_version(), shopper=anna.shopper, tid="t1", coupon_no="c1", customer_id="anna"
    )
    here, there, other = door(anna), door(anna), door(bea)
    here.post(reverse("shop:consent"), {"offers": "on"})
    answer = here.post(reverse("shop:account-delete"), {"password": make.PASSWORD})
    assert answer.url == reverse("shop:home")

    assert not User.objects.filter(username="anna").exists()
    assert not Account.objects.exclude(user=bea).exists()
    assert not Consent.objects.exists()
    assert (
        Session.objects.filter(pk__in=[here.session.session_key, there.cookies["sessionid"].value]).count()
        == 0
    )
    assert here.get(reverse("shop:profile")).status_code == 302
    assert there.get(reverse("shop:profile")).status_code == 302
    assert other.get(reverse("shop:profile")).status_code == 200
    assert Shopper.objects.filter(key="key-anna").exists()
    row = RevenuePrediction.objects.get(pk=row.pk)
    assert (row.tid, row.coupon_no, row.customer_id, row.age) == ("", "", "", 34)
    for entry in AuditEntry.objects.filter(target_id="key-anna"):
        assert entry.actor_id is None
        assert entry.actor_label.startswith("shopper ")
        assert "anna@" not in json.dumps(entry.detail)
