"""/api/pos/v1/: what a till may check, redeem and take back, and what each refusal says to whom."""

import json
from datetime import datetime, timedelta
from types import SimpleNamespace

import coupon_makers
import make
import pytest
from api_door import problem
from django.test import Client
from django.utils import timezone
from shop_events import DAY

from service_provider.models import ApiKey, Campaign, Coupon, IdempotencyRecord, Mall, Redemption, WrongCodes
from service_provider.queries.access import COMMAND
from service_provider.services import coupons, keys, wrong_codes

SHOES = [{"product_id": "P1", "category": "Shoes", "price": "20.00", "quantity": 2}]
TOYS = {"category": "Toys", "price": "5.00"}
WRONG = "AAAAAAAAAAAAAA"
NOT_USABLE = coupons.redeeming.SENTENCES["unknown"]


def key_in(mall, name="till 1", scope="till"):
    return keys.make(name, (scope,), by=COMMAND, now=timezone.now(), mall=mall)


@pytest.fixture
def key(db):
    return key_in("Kanyon")


@pytest.fixture
def campaign(db):
    return coupon_makers.campaign()


@pytest.fixture
def coupon(campaign, anna):
    """Ten percent off shoes, at most 5.00, alive now."""
    return issued(campaign, anna.shopper)


def issued(campaign, shopper, **fields):
    ends = int(timezone.now().timestamp() * 1000) + DAY
    return coupon_makers.issued(campaign, shopper, **{"expires_ms": ends} | fields)


@pytest.fixture
def till(key):
    """`till("redeem", code)` posts a sale of shoes; `_once`, `_key`, `_dry` and other values of the body as named."""
    numbers = iter(range(10_000))

    def post(verb, code=None, /, *, _once=None, _key=key.secret, _dry=False, _body=None, **changes):
        body = {"code": code, "sale": "S1", "lines": SHOES} if code is not None else {}
        headers = {"Authorization": f"Bearer {_key}", "Idempotency-Key": _once or f"once-{next(numbers)}"}
        url = f"/api/pos/v1/{verb}" + ("?dry_run=true" if _dry else "")
        sent = json.dumps(body | changes) if _body is None else _body
        return Client().post(url, sent, content_type="application/json", headers=headers)

    return post


def refusal(response, status=409):
    told = problem(response, status)
    return SimpleNamespace(reason=told.get("reason", ""), say=told.get("say", ""), detail=told["detail"])


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


def test_a_redemption_is_booked_with_its_lines_and_its_key(till, key, coupon):
    told = till("redeem", coupon.code).json()
    row = Redemption.objects.get()
    assert (told["redemption_id"], told["discount"], told["total"]) == (row.pk, "4.00", "36.00")
    assert (row.api_key_id, row.basket_minor, row.discount_minor) == (key.id, 4_000, 400)
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


def test_a_large_body_and_another_method_are_problems(till, key):
    problem(till("redeem", _body=" " * (16 * 1024) + "{}"), 413)
    problem(till("redeem", _body="{"), 400)
    problem(Client(headers={"Authorization": f"Bearer {key.secret}"}).get("/api/pos/v1/redeem"), 405)


def test_money_without_decimal_places(till, coupon):
    Mall.objects.update_or_create(pk=1, defaults={"currency": "JPY"})
    told = till("redeem", coupon.code, lines=[{"category": "Shoes", "price": 4_000}]).json()
    assert (told["basket"], told["discount"], told["currency"]) == ("4000", "400", "JPY")


# ---- once -------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_once(till, coupon):
    first, second = till("redeem", coupon.code, _once="a"), till("redeem", coupon.code, _once="a")
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert Redemption.objects.count() == 1


def test_a_refusal_is_given_again_too(till, coupon):
    _expired(coupon)
    first = till("redeem", coupon.code, _once="a")
    Coupon.objects.update(expires_ms=2**42)
    second = till("redeem", coupon.code, _once="a")
    assert problem(second, 409) == problem(first, 409)
    assert till("redeem", coupon.code, _once="b").status_code == 200


def test_the_same_key_with_another_body_or_verb_is_422(till, coupon):
    till("validate", coupon.code, _once="a")
    assert refusal(till("validate", coupon.code, _once="a", sale="S2"), 422).reason == "other_body"
    assert refusal(till("redeem", coupon.code, _once="a"), 422).reason == "other_body"


def test_a_request_in_flight_is_409_and_after_a_day_it_is_forgotten(till, coupon):
    till("validate", coupon.code, _once="a")
    IdempotencyRecord.objects.update(status=None, response="")
    answer = till("validate", coupon.code, _once="a")
    assert refusal(answer).reason == "in_flight"
    assert answer["Retry-After"]
    IdempotencyRecord.objects.update(
        status=200, response="{}", created_at=timezone.now() - timedelta(hours=25)
    )
    assert "Idempotent-Replayed" not in till("validate", coupon.code, _once="a")


# ---- guessing ---------------------------------------------------------------------------------------


def test_after_twenty_wrong_codes_no_code_is_looked_at(till, coupon, monkeypatch):
    monkeypatch.setattr(wrong_codes, "MOST", 3)
    for dry in (True, False, True):
        assert refusal(till("validate", WRONG, _dry=dry)).reason == "unknown"
    for code in (WRONG, coupon.code):
        for dry in (True, False):
            answer = till("redeem", code, _dry=dry)
            assert refusal(answer, 429).reason == "too_many_wrong_codes"
            assert 1 <= int(answer["Retry-After"]) <= 600
    assert Coupon.objects.get().state == "issued"


def test_another_till_is_not_slowed_down_and_ten_minutes_later_nobody_is(till, coupon, monkeypatch):
    monkeypatch.setattr(wrong_codes, "MOST", 1)
    till("validate", WRONG)
    problem(till("validate", coupon.code), 429)
    other = key_in("Kanyon", "till 2")
    assert till("validate", coupon.code, _key=other.secret).status_code == 200
    WrongCodes.objects.update(window_ms=int(timezone.now().timestamp() * 1000) - wrong_codes.WINDOW_MS)
    assert refusal(till("validate", coupon.code)).reason == "held"


def test_a_wrong_code_beyond_the_limit_says_nothing_even_to_who_came_at_once(db):
    now_ms = int(make.NOON.timestamp() * 1000)
    for _ in range(wrong_codes.MOST):
        wrong_codes.count("till:1", now_ms=now_ms)
    with pytest.raises(wrong_codes.TooManyWrong) as slow:
        wrong_codes.count("till:1", now_ms=now_ms + 1)
    assert slow.value.retry_after == 600
    assert WrongCodes.objects.get().count == wrong_codes.MOST
