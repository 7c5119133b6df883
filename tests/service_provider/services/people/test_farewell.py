"""What is left of a shopper who went."""

from typing import Any

import coupon_makers as made
import make
import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from shop_events import DAY, NOW

from service_provider.models import AuditEntry, Coupon, User
from service_provider.queries import ledger_check
from service_provider.queries.access import actor_of
from service_provider.queries.orders import milliseconds
from service_provider.queries.people.profile import NoShopper, my_data
from service_provider.services import coupons
from service_provider.services.coupons import At
from service_provider.services.people import farewell

pytestmark = pytest.mark.django_db


def test_sessions_half_way_through_the_door_go_too(anna: Any, bea: Any) -> None:
    anna.emailaddress_set.update(verified=False)
    half_way = Client()
    half_way.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    somebody = SessionStore()
    somebody["basket"] = ["shoes"]
    somebody.create()
    assert Session.objects.count() == 2

    assert half_way.session["account_login"]
    farewell.delete(actor_of(anna), now=make.NOON)
    assert list(Session.objects.values_list("pk", flat=True)) == [somebody.session_key]


def test_failed_log_ins_under_her_name_go(anna: Any, bea: Any) -> None:
    for name in ("anna", "bea"):
        Client().post(reverse("account_login"), {"login": name, "password": "wrong"})
    farewell.delete(actor_of(anna), now=make.NOON)
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["bea"]


def test_staff_are_not_deleted_here(petra: Any) -> None:
    with pytest.raises(NoShopper):
        farewell.delete(actor_of(petra), now=make.NOON)
    assert User.objects.filter(pk=petra.pk).exists()


def test_her_feedback_stays_without_what_names_her(anna: Any, bea: Any) -> None:
    plain = make.feedback(anna.shopper, rating=2)
    naming = make.feedback(
        anna.shopper, 2, text="Anna here: +49 30 1234", answer="Dear anna!", answered_at=make.NOON,
        answered_by="petra",
    )  # fmt: skip
    of_bea = make.feedback(bea.shopper, text="Anna helped me")
    farewell.delete(actor_of(anna), now=make.NOON)
    for row in (plain, naming, of_bea):
        row.refresh_from_db()
    assert (plain.text, plain.rating, plain.shopper) == ("The lift is slow.", 2, anna.shopper)
    assert (naming.text, naming.answer) == ("[...] here: [...]", "Dear [...]!")
    assert of_bea.text == "Anna helped me"  # bea's words of another anna


def test_her_data_holds_her_feedback_with_its_answers(anna: Any, bea: Any) -> None:
    make.feedback(anna.shopper, answer="Soon", answered_at=make.NOON, answered_by="petra")
    make.feedback(bea.shopper, text="Mine")
    (row,) = my_data(actor_of(anna))["feedback"]
    assert (row["text"], row["answer"], row["topic"]) == ("The lift is slow.", "Soon", "shop")
    assert "petra" not in row.values()


def test_her_coupons_end_with_her_and_their_money_goes_back(anna: Any, bea: Any) -> None:
    campaign = made.campaign(budget_minor=2_000, limit_per_shopper=9)
    live, held, used = (made.issued(campaign, anna.shopper, most_live=9) for _ in range(3))
    of_bea = made.issued(campaign, bea.shopper)
    coupons.hold(held.code, made.SHOES, at=At("till", token="a sale"), now_ms=NOW)
    coupons.redeem(used.code, made.SHOES, at=At("till"), now_ms=NOW)
    Coupon.objects.update(rating=4, comment="Thanks, says Anna")

    farewell.delete(actor_of(anna), now=make.NOON)

    states = dict(Coupon.objects.values_list("pk", "state"))
    assert [states[one.coupon_id] for one in (live, held, used, of_bea)] == [
        "revoked", "revoked", "redeemed", "issued",
    ]  # fmt: skip
    campaign.refresh_from_db()
    assert (campaign.reserved_minor, campaign.spent_minor) == (500, 400)
    assert ledger_check.check(campaign.pk).faults == ()
    assert set(Coupon.objects.filter(shopper=anna.shopper).values_list("comment", "rating")) == {("", 4)}
    assert Coupon.objects.get(pk=of_bea.coupon_id).comment
    assert AuditEntry.objects.get(verb="delete_account").detail == {"coupons_revoked": 2}


def test_she_is_told_beforehand_what_she_loses(anna: Any, door: Any) -> None:
    page = reverse("shop:account-delete")
    assert "You have no coupon that can still be used." in door(anna).get(page).text
    later = milliseconds(timezone.now()) + DAY
    for number in range(2):
        made.issued(made.campaign(f"C{number}"), anna.shopper, expires_ms=later)
    assert "You lose 2 coupons that can still be used." in door(anna).get(page).text


def test_her_data_holds_her_coupons_and_where_they_were_used(anna: Any, bea: Any) -> None:
    used = made.issued(made.campaign(), anna.shopper, why="because you looked at Shoes")
    made.issued(made.campaign("Other"), bea.shopper)
    coupons.redeem(used.code, made.SHOES, at=At("till"), now_ms=NOW)

    (row,) = my_data(actor_of(anna))["coupons"]

    assert (row["code"], row["state"], row["rate_bp"], row["why"]) == (
        used.code, "redeemed", 1_000, "because you looked at Shoes",
    )  # fmt: skip
    (use,) = row["redemptions"]
    assert (use["discount_minor"], use["basket_minor"], use["taken_back_at"]) == (400, 4_000, None)
    assert use["lines"][0]["category"] == "Shoes"
