"""/api/pos/v1/: what a till may check, redeem and take back, and what each refusal says to whom."""

from datetime import datetime, timedelta

import pytest
from api_door import problem
from django.test import Client
from django.utils import timezone
from till_sales import NOT_USABLE, SHOES, TOYS, WRONG, key_in, refusal

from service_provider.models import ApiKey, Campaign, Coupon, IdempotencyRecord, Mall, Redemption
from service_provider.queries.access import COMMAND
from service_provider.services import coupons, keys

# ---- what happens -----------------------------------------------------------------------------------


def test_a_check_says_what_comes_off_each_line_and_holds_the_coupon(till, coupon):
    before = timezone.now()
    told = till("validate", coupon.code, lines=[TOYS, *SHOES]).json()
    held = Coupon.objects.get()
    assert {name: told[name] for name in ("basket", "discount", "total", "lines", "currency", "dry_run")} == {
        "basket": "45.00",
        "discount": "4.00",
        "total": "41.00",
        "lines": ["0.00", "4.00"],
        "currency": "EUR",
        "dry_run": False,
    }
    assert (
        told["what"] == "10 % off Shoes, at most EUR 5.00".replace("EUR ", "€")
        or "10 % off Shoes" in told["what"]
    )
    assert timedelta(minutes=4) < datetime.fromisoformat(told["held_until"]) - before
    assert held.held_until_ms > 0
    assert held.state == "issued"


def test_a_checked_coupon_is_the_sales_own_for_five_minutes(till, coupon):
    till("validate", coupon.code, sale="S1")
    assert refusal(till("redeem", coupon.code, sale="S2")).reason == "held"
    assert refusal(till("validate", coupon.code, sale="S2")).reason == "held"
    assert till("redeem", coupon.code, sale="S1").status_code == 200


def test_a_sale_of_the_same_name_at_another_till_is_another_one(till, coupon):
    till("validate", coupon.code)
    other = key_in("Kanyon", "till 2")
    assert refusal(till("redeem", coupon.code, _key=other.secret)).reason == "held"


def test_a_held_coupon_is_honoured_although_it_ends_meanwhile(till, coupon):
    till("validate", coupon.code)
    Coupon.objects.update(expires_ms=1)
    assert till("redeem", coupon.code).status_code == 200


def test_a_redemption_is_booked_with_its_lines_and_its_key(till, till_key, coupon):
    told = till("redeem", coupon.code).json()
    row = Redemption.objects.get()
    assert (told["redemption_id"], told["discount"], told["total"]) == (row.pk, "4.00", "36.00")
    assert (row.api_key_id, row.basket_minor, row.discount_minor) == (till_key.id, 4_000, 400)
    assert row.lines[0]["discount_minor"] == 400
    assert Campaign.objects.get().spent_minor == 400


@pytest.mark.parametrize(("restores", "state"), [(True, "seen"), (False, "reversed")])
def test_a_redemption_is_taken_back_and_its_campaign_says_what_becomes_of_the_coupon(
    till, coupon, restores, state
):
    Campaign.objects.update(restores_on_cancel=restores)
    redemption_id = till("redeem", coupon.code).json()["redemption_id"]
    told = till("reverse", redemption_id=redemption_id, why="Goods returned").json()
    assert told == {
        "redemption_id": redemption_id,
        "currency": "EUR",
        "discount": "4.00",
        "coupon_lives_again": restores,
        "dry_run": False,
    }
    assert Coupon.objects.get().state == state
    assert Redemption.objects.get().reversed_why == "Goods returned"
    assert refusal(till("reverse", redemption_id=redemption_id, why="Again")).reason == "not_redeemed"
    dry = till("reverse", redemption_id=redemption_id, why="Again", _dry=True)
    assert refusal(dry).reason == "not_redeemed"


@pytest.mark.parametrize("verb", ["validate", "redeem"])
def test_a_dry_run_says_the_same_and_writes_nothing(till, coupon, verb):
    told = till(verb, coupon.code, _dry=True).json()
    assert (told["discount"], told["dry_run"]) == ("4.00", True)
    assert told.get("held_until") is told.get("redemption_id") is None
    row = Coupon.objects.get()
    assert (row.state, row.held_until_ms) == ("issued", 0)
    assert not Redemption.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def test_a_dry_run_of_taking_back_leaves_it_redeemed(till, coupon):
    redemption_id = till("redeem", coupon.code).json()["redemption_id"]
    told = till("reverse", redemption_id=redemption_id, why="Perhaps", _dry=True).json()
    assert (told["coupon_lives_again"], told["dry_run"]) == (True, True)
    assert Coupon.objects.get().state == "redeemed"


# ---- refusals ---------------------------------------------------------------------------------------


def _expired(coupon):
    Coupon.objects.filter(pk=coupon.coupon_id).update(expires_ms=1)


def _revoked(coupon):
    coupons.revoke(coupon.coupon_id, by_label="a test", now_ms=int(timezone.now().timestamp() * 1000))


def _elsewhere(coupon):
    Campaign.objects.update(malls=["Zorlu Center"])


def _large(coupon):
    Coupon.objects.filter(pk=coupon.coupon_id).update(min_basket_minor=4_001)


def _other_category(coupon):
    Coupon.objects.filter(pk=coupon.coupon_id).update(category="Toys")


REFUSED = {
    "expired": _expired,
    "revoked": _revoked,
    "wrong_mall": _elsewhere,
    "min_basket": _large,
    "no_match": _other_category,
}


@pytest.mark.parametrize("reason", sorted(REFUSED))
@pytest.mark.parametrize("verb", ["validate", "redeem"])
def test_a_refusal_has_a_reason_for_staff_and_a_sentence_for_the_shopper(till, coupon, verb, reason):
    REFUSED[reason](coupon)
    for dry in (True, False):
        told = refusal(till(verb, coupon.code, _dry=dry))
        assert told.reason == reason
        assert told.say == coupons.redeeming.SENTENCES[reason]
        assert told.detail != told.say
    assert not Redemption.objects.exists()
    assert not Coupon.objects.get().held_until_ms


def test_a_code_is_redeemed_once(till, coupon):
    till("redeem", coupon.code)
    told = refusal(till("redeem", coupon.code))
    assert (told.reason, told.say) == ("redeemed", "This coupon has been used already.")
    assert Redemption.objects.count() == 1


def test_who_guesses_does_not_learn_from_status_or_sentence_whether_a_code_exists(till, coupon):
    _revoked(coupon)
    there, nowhere = till("validate", coupon.code), till("validate", WRONG)
    assert there.status_code == nowhere.status_code == 409
    assert refusal(there).say == refusal(nowhere).say == NOT_USABLE


def test_redemptions_of_another_mall_cannot_be_taken_back(till, coupon):
    redemption_id = till("redeem", coupon.code).json()["redemption_id"]
    other = key_in("Zorlu Center", "till 2")
    for dry in (True, False):
        back = till("reverse", redemption_id=redemption_id, why="Mine", _key=other.secret, _dry=dry)
        assert refusal(back).reason == "unknown_redemption"
    assert (
        refusal(till("reverse", redemption_id=redemption_id + 1, why="None")).reason == "unknown_redemption"
    )
    neighbour = key_in("Kanyon", "till 3")
    back = till("reverse", redemption_id=redemption_id, why="Returned", _key=neighbour.secret)
    assert back.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""), ("code", "x" * 41), ("code", None), ("sale", ""), ("sale", "x" * 81), ("lines", []),
        ("lines", SHOES * 101), ("lines", [{"category": "Shoes"}]), ("lines", [{"price": "1.00"}]),
        ("lines", [TOYS | {"price": "-1"}]), ("lines", [TOYS | {"price": 0}]), ("lines", [TOYS | {"price": "1,5"}]),
        ("lines", [TOYS | {"price": "0.001"}]), ("lines", [TOYS | {"quantity": 0}]),
        ("lines", [TOYS | {"quantity": "2"}]), ("lines", [TOYS | {"mall": "Kanyon"}]), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(till, coupon, field, value):
    told = problem(till("redeem", coupon.code, **{field: value}), 422)
    assert told["errors"][0]["name"].split(".")[0] == field
    assert Coupon.objects.get().state == "issued"
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    "body", [{"redemption_id": 0, "why": "x"}, {"redemption_id": "1", "why": "x"}, {"redemption_id": 1}, {}]
)
def test_a_wrong_value_of_a_reversal_is_named(till, body):
    assert problem(till("reverse", **body), 422)["errors"]


def test_other_scopes_and_keys_without_a_mall_are_refused(till, coupon):
    other = keys.make("reader", ("predict",), by=COMMAND, now=timezone.now())
    assert "till" in refusal(till("redeem", coupon.code, _key=other.secret), 403).detail
    ApiKey.objects.filter(pk=other.id).update(scopes=["till"])
    assert refusal(till("redeem", coupon.code, _key=other.secret), 403).reason == "no_mall"
    problem(till("redeem", coupon.code, _key="mall_wrong"), 401)
    assert Coupon.objects.get().state == "issued"


def test_a_large_body_and_another_method_are_problems(till, till_key):
    problem(till("redeem", _body=" " * (16 * 1024) + "{}"), 413)
    problem(till("redeem", _body="{"), 400)
    problem(Client(headers={"Authorization": f"Bearer {till_key.secret}"}).get("/api/pos/v1/redeem"), 405)


def test_money_without_decimal_places(till, coupon):
    Mall.objects.update_or_create(pk=1, defaults={"currency": "JPY"})
    told = till("redeem", coupon.code, lines=[{"category": "Shoes", "price": 4_000}]).json()
    assert (told["basket"], told["discount"], told["currency"]) == ("4000", "400", "JPY")
