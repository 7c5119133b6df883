"""What the house allows, whatever a policy wants."""

from dataclasses import replace

import pytest
from visit_events import DAY, TEN

from engine.contracts import Standing, Terms
from engine.policy import reasons
from engine.policy.eligibility import arm_refusals, refusals

TERMS = Terms(margins={"Shoes": 0.30, "Books": 0.10}, margin_floor=0.10)


def standing(**fields):
    return replace(TERMS, standing=Standing(**fields))


def test_a_new_shopper_may_have_a_coupon():
    assert refusals(TERMS, now=TEN) == ()


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (standing(is_bot=True), (reasons.BOT,)),
        (standing(coupons_this_visit=1), (reasons.COUPON_THIS_VISIT,)),
        (standing(live_coupons=1), ()),
        (standing(live_coupons=2), (reasons.LIVE_COUPONS,)),
        (standing(last_coupon_at=TEN - 7 * DAY + 1), (reasons.COOL_DOWN,)),
        (standing(last_coupon_at=TEN - 7 * DAY), ()),
        (replace(TERMS, budget_left_minor=TERMS.cap_minor), ()),
        (replace(TERMS, budget_left_minor=TERMS.cap_minor - 1), (reasons.BUDGET_USED_UP,)),
        (replace(TERMS, min_basket_minor=10**9), ()),
        (
            standing(coupons_this_visit=1, live_coupons=1, last_coupon_at=TEN),
            ("coupon this visit", "cool-down"),
        ),
    ],
)
def test_refusals_name_every_reason(terms, why):
    assert refusals(terms, now=TEN) == why


@pytest.mark.parametrize(
    ("category", "depth", "why"),
    [
        ("Shoes", 0.05, ()),
        ("Shoes", 0.20, ()),
        ("Shoes", 0.21, (reasons.MARGIN_FLOOR,)),
        ("Books", 0.05, (reasons.MARGIN_FLOOR,)),
        ("Lamps", 0.05, (reasons.MARGIN_UNKNOWN,)),
        ("", 0.05, (reasons.NO_CATEGORY,)),
    ],
)
def test_a_discount_leaves_the_margin_floor(category, depth, why):
    assert arm_refusals(category, depth, TERMS) == why


def test_margins_are_compared_as_written():
    """0.15 - 0.10 is a little less than 0.05 in binary."""
    assert arm_refusals("Shoes", 0.10, Terms(margins={"Shoes": 0.15}, margin_floor=0.05)) == ()


def test_an_unknown_margin_counts_as_none():
    assert arm_refusals("Lamps", 0.05, Terms(margin_floor=-0.05)) == ()


def test_what_was_just_bought_is_not_offered_and_the_margin_comes_last():
    terms = standing(just_bought=frozenset({"Books"}))

    assert arm_refusals("Books", 0.05, terms) == (reasons.JUST_BOUGHT, reasons.MARGIN_FLOOR)
    assert arm_refusals("Shoes", 0.05, terms) == ()


def test_every_reason_has_a_sentence():
    phrases = {v for k, v in vars(reasons).items() if k.isupper() and isinstance(v, str)}

    assert phrases == set(reasons.SENTENCES)
    assert all(sentence.endswith(".") for sentence in reasons.SENTENCES.values())
