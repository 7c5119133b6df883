"""/api/pos/v1/: a write happens once, and who guesses codes is made to wait."""

from datetime import timedelta

import make
import pytest
from api_door import problem
from django.utils import timezone
from till_sales import WRONG, key_in, refusal

from service_provider.models import Coupon, IdempotencyRecord, Redemption, WrongCodes
from service_provider.services import wrong_codes

# ---- once -------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_once(till, coupon):
    first, second = till("redeem", coupon.code, _once="a"), till("redeem", coupon.code, _once="a")
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert Redemption.objects.count() == 1


def test_a_refusal_is_given_again_too(till, coupon):
    Coupon.objects.update(expires_ms=1)
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
