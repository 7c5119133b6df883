"""The pages of shoppers: seen, blocked and corrected by providers only."""

from typing import Any

import make
import pytest
from django.urls import reverse

from service_provider.models import Account, AuditEntry, User

PAGES = ("shoppers", "shopper", "shopper-block", "shopper-unblock", "shopper-correct")


def _url(name: str, key: str = "key-anna") -> str:
    return reverse(f"provider:{name}", args=[] if name == "shoppers" else [key])


@pytest.mark.parametrize("name", PAGES)
def test_providers_only(anna: Any, petra: Any, alan: Any, door: Any, name: str) -> None:
    assert door(petra).get(_url(name), follow=True).status_code == 200
    assert door(alan).get(_url(name)).status_code == 403
    assert door(anna).get(_url(name)).status_code == 403
    assert door(None).get(_url(name))["Location"].startswith("/provider/login/")


@pytest.mark.parametrize("name", PAGES[1:])
def test_an_unknown_key_is_not_found(petra: Any, door: Any, name: str) -> None:
    assert door(petra).get(_url(name, "key-nobody")).status_code == 404


def test_the_list_keeps_what_was_asked_for(anna: Any, bea: Any, petra: Any, door: Any) -> None:
    answer = door(petra).get(_url("shoppers"), {"search": "bea", "sort": "-seen", "page": "99999999999"})
    page = answer.content.decode()
    assert [row.username for row in answer.context["page"].rows] == ["bea"]
    assert 'value="bea"' in page
    assert '<option value="-seen" selected>' in page
    assert f"{reverse('provider:download', args=['shoppers', 'xlsx'])}?search=bea" in page


def test_nobody_registered_yet_teaches(petra: Any, door: Any) -> None:
    assert "Nobody has registered yet" in door(petra).get(_url("shoppers")).content.decode()


def test_a_block_ends_her_visit_at_the_next_click(anna: Any, petra: Any, door: Any) -> None:
    hers, office = door(anna), door(petra)
    profile = reverse("shop:profile")
    assert not hers.get(profile).wsgi_request.user.is_anonymous
    answer = office.post(_url("shopper-block"), {"reason": "Used stolen cards"})
    assert answer["Location"] == _url("shopper")
    assert hers.get(profile)["Location"] == reverse("account_login")
    assert "_auth_user_id" not in hers.session
    assert "Used stolen cards" in office.get(_url("shopper")).content.decode()
    office.post(_url("shopper-unblock"), {"reason": "It was somebody else"})
    assert User.objects.get(pk=anna.pk).blocked_at is None
    assert list(AuditEntry.objects.order_by("pk").values_list("actor_label", "verb", "target_id")) == [
        ("petra", "block_shopper", "key-anna"),
        ("petra", "unblock_shopper", "key-anna"),
    ]


@pytest.mark.parametrize("reason", ["", "no", "x" * 301])
def test_a_block_needs_a_reason_and_keeps_what_was_typed(
    anna: Any, petra: Any, door: Any, reason: str
) -> None:
    answer = door(petra).post(_url("shopper-block"), {"reason": reason})
    assert answer.status_code == 200
    assert "reason" in answer.context["form"].errors
    assert reason in answer.content.decode()
    assert User.objects.get(pk=anna.pk).blocked_at is None


def test_an_analyst_cannot_block(anna: Any, alan: Any, door: Any) -> None:
    assert door(alan).post(_url("shopper-block"), {"reason": "Used stolen cards"}).status_code == 403
    assert User.objects.get(pk=anna.pk).blocked_at is None


def _correction(**fields: str) -> dict[str, str]:
    given = {
        "first_name": "",
        "last_name": "",
        "phone": "+49 30 1234",
        "country": "Germany",
        "state": "Berlin",
    }
    return given | {"city": "Berlin", "reason": "She rang us up"} | fields


def test_a_correction_is_saved_and_written_down_without_values(anna: Any, petra: Any, door: Any) -> None:
    office = door(petra)
    assert 'value="+49 30 1234"' in office.get(_url("shopper-correct")).content.decode()
    office.post(_url("shopper-correct"), _correction(city="Potsdam", state="Brandenburg"))
    account = Account.objects.get(user=anna)
    assert (account.city, account.state, account.phone) == ("Potsdam", "Brandenburg", "+49 30 1234")
    entry = AuditEntry.objects.get()
    assert entry.detail == {"fields": ["state", "city"]}
    assert "Potsdam" not in f"{entry.reason}{entry.detail}"


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"phone": ""}, {"city": "x" * 61}])
def test_a_wrong_correction_keeps_what_was_typed(
    anna: Any, petra: Any, door: Any, wrong: dict[str, str]
) -> None:
    answer = door(petra).post(_url("shopper-correct"), _correction(state="Saxony", **wrong))
    assert set(answer.context["form"].errors) == set(wrong)
    assert 'value="Saxony"' in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_her_page_shows_predictions_and_history(anna: Any, petra: Any, door: Any) -> None:
    make.prediction(make.model_version(), shopper=anna.shopper, category="Shoes")
    office = door(petra)
    office.post(_url("shopper-correct"), _correction(city="Potsdam"))
    page = office.get(_url("shopper")).content.decode()
    assert "Shoes" in page
    assert "€600.16" in page
    assert "She rang us up" in page
