"""What comes off a basket: exact to the smallest unit, never below zero, never above the cap."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.policy.discounts import Deal, PricedLine, after, basket_minor, discount, is_matched

calm = settings(deadline=None)
MUCH = 10**12
TEN = Deal("", 1_000, 0, MUCH)

lines = st.lists(
    st.builds(
        PricedLine,
        product_id=st.just("P"),
        category=st.sampled_from(["Shoes", "Toys", "Books"]),
        price_minor=st.integers(0, 10**7) | st.sampled_from([1, 3, 5, 99]),
        quantity=st.integers(1, 99),
        mall=st.sampled_from(["", "Kanyon", "Metrocity"]),
    ),
    max_size=8,
)
categories = st.sampled_from(["", "Shoes", "Toys"])
caps = st.integers(0, 10**5) | st.just(MUCH)
minimums = st.integers(0, 10**4)
malls = st.sampled_from([(), ("Kanyon",), ("Kanyon", "Metrocity")])
percents = st.builds(Deal, categories, st.integers(1, 10_000), st.just(0), caps, minimums, malls)
amounts = st.builds(Deal, categories, st.just(0), st.integers(1, 10**6), caps, minimums, malls)
deals = percents | amounts


def line(price_minor: int, quantity: int = 1, **fields: object) -> PricedLine:
    return replace(PricedLine("P", "Shoes", price_minor, quantity), **fields)


@given(deals, lines)
@calm
def test_the_lines_add_up_to_the_discount_and_none_goes_below_zero(deal, basket):
    off = discount(deal, basket)

    assert sum(off.lines) == off.total_minor
    assert len(off.lines) == len(basket)
    assert all(0 <= taken <= one.left_minor for taken, one in zip(off.lines, basket, strict=True))
    assert 0 <= off.total_minor <= min(deal.cap_minor, basket_minor(basket))


@given(deals, lines)
@calm
def test_only_what_the_coupon_is_for_becomes_cheaper(deal, basket):
    off = discount(deal, basket)

    assert not any(taken for taken, one in zip(off.lines, basket, strict=True) if not is_matched(deal, one))


@given(percents, lines)
@calm
def test_a_percentage_is_rounded_once_half_a_unit_up(deal, basket):
    deal = replace(deal, cap_minor=MUCH, min_basket_minor=0)
    base = sum(one.left_minor for one in basket if is_matched(deal, one))

    exact = Fraction(base * deal.rate_bp, 10_000)

    assert -Fraction(1, 2) < discount(deal, basket).total_minor - exact <= Fraction(1, 2)


@given(deals, lines)
@calm
def test_every_line_gets_its_share_to_within_one_unit(deal, basket):
    off = discount(deal, basket)
    bases = [one.left_minor if is_matched(deal, one) else 0 for one in basket]

    for taken, base in zip(off.lines, bases, strict=True):
        assert abs(taken - Fraction(off.total_minor * base, sum(bases) or 1)) < 1


@given(st.lists(deals, min_size=2, max_size=4), lines)
@calm
def test_coupons_one_after_the_other_never_take_more_than_there_is(several, basket):
    left, taken = tuple(basket), 0
    for deal in several:
        off = discount(deal, left)
        left, taken = after(left, off), taken + off.total_minor

    assert taken <= basket_minor(basket)
    assert basket_minor(basket) - taken == sum(one.left_minor for one in left)
    assert all(one.left_minor >= 0 for one in left)


@pytest.mark.parametrize("quantity", [1, 2, 3, 7, 99])
@pytest.mark.parametrize("price_minor", [1, 3, 99, 1_995])
def test_at_every_percentage(price_minor, quantity):
    basket = (line(price_minor, quantity), line(price_minor + 1), line(7, 3))
    for rate in range(1, 101):
        off = discount(replace(TEN, rate_bp=rate * 100), basket)
        base = basket_minor(basket)
        assert sum(off.lines) == off.total_minor == (base * rate + 50) // 100


@pytest.mark.parametrize(
    ("deal", "basket", "total", "parts"),
    [
        (TEN, (line(5),), 1, (1,)),  # half a unit is rounded up
        (TEN, (line(4),), 0, (0,)),
        (replace(TEN, cap_minor=1), (line(1_000),), 1, (1,)),
        (replace(TEN, rate_bp=10_000), (line(99, 3), line(0)), 297, (297, 0)),
        (Deal("", 0, 100, 100), (line(30),), 30, (30,)),  # never more than the basket
        (Deal("", 0, 100, 40), (line(300),), 40, (40,)),
        (Deal("", 0, 10, 10), (line(1), line(1), line(1)), 3, (1, 1, 1)),
        (Deal("", 0, 2, 2), (line(1), line(1), line(1)), 2, (1, 1, 0)),  # of equals the earlier line
        (Deal("", 0, 10, 10), (line(1), line(2), line(4)), 7, (1, 2, 4)),
        (Deal("Toys", 1_000, 0, MUCH), (line(500),), 0, (0,)),
        (Deal("", 1_000, 0, MUCH, 501), (line(500),), 0, (0,)),
        (Deal("", 1_000, 0, MUCH, 500), (line(500),), 50, (50,)),
        (Deal("Toys", 1_000, 0, MUCH, 500), (line(400), line(100, category="Toys")), 10, (0, 10)),
        (Deal("", 1_000, 0, MUCH, 0, ("Kanyon",)), (line(500), line(500, mall="Kanyon")), 50, (0, 50)),
        (TEN, (), 0, ()),
    ],
)  # fmt: skip
def test_by_hand(deal, basket, total, parts):
    off = discount(deal, basket)

    assert (off.total_minor, off.lines) == (total, parts)


def test_the_minimum_is_of_the_basket_before_any_coupon():
    basket = (line(500),)
    deal = Deal("", 1_000, 0, MUCH, min_basket_minor=500)

    second = discount(deal, after(basket, discount(deal, basket)))

    assert second.total_minor == 45


def test_which_coupon_comes_first_matters_and_is_the_callers_to_say():
    percent, amount = TEN, Deal("", 0, 100, 100)
    basket = (line(1_000),)

    first = discount(amount, after(basket, discount(percent, basket))).total_minor + 100
    then = discount(percent, after(basket, discount(amount, basket))).total_minor + 100

    assert (first, then) == (200, 190)


@pytest.mark.parametrize(
    ("deal", "basket", "why"),
    [
        (Deal("", 0, 0, 1), (line(1),), "percentage up to 100, or an amount"),
        (Deal("", 100, 100, 1), (line(1),), "percentage up to 100, or an amount"),
        (Deal("", 10_001, 0, 1), (line(1),), "percentage up to 100, or an amount"),
        (Deal("", -1, 5, 1), (line(1),), "percentage up to 100, or an amount"),
        (Deal("", 100, 0, -1), (line(1),), "not negative"),
        (Deal("", 100, 0, 1, -1), (line(1),), "not negative"),
        (TEN, (line(-1),), "price from 0"),
        (TEN, (line(1, 0),), "at least one piece"),
        (TEN, (line(1, taken_minor=2),), "no more is taken off"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(deal, basket, why):
    with pytest.raises(ValueError, match=why):
        discount(deal, basket)
