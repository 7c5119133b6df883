"""Which coupons come off one basket together: the best for the shopper that the campaigns allow."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import discounts, stacking
from engine.policy.discounts import Deal, PricedLine
from engine.policy.stacking import MOST, Candidate

SHOES = PricedLine("P1", "Shoes", 4_000, 1)
TOYS = PricedLine("P2", "Toys", 1_000, 2)


def percent(
    number: int, rate_bp: int = 1_000, *, category: str = "", beside: set[int] = frozenset()
) -> Candidate:
    """A coupon of a campaign of its own, whose number is the coupon's plus a hundred."""
    return Candidate(number, number + 100, Deal(category, rate_bp, 0, 10_000), frozenset(beside))


def ids(chosen: tuple[Candidate, ...]) -> list[int]:
    return [one.coupon_id for one in chosen]


def test_of_coupons_that_come_alone_the_best_is_chosen() -> None:
    assert ids(stacking.best([percent(1, 1_000), percent(2, 2_000)], [SHOES])) == [2]


def test_a_smaller_percentage_of_more_may_be_the_best() -> None:
    assert ids(stacking.best([percent(1, 1_500, category="Toys"), percent(2, 1_000)], [SHOES, TOYS])) == [2]


def test_those_that_name_each_other_come_together_one_after_the_other() -> None:
    pair = [percent(2, 1_000, beside={101}), percent(1, 5_000, beside={102})]
    chosen = stacking.best(pair, [SHOES])
    assert ids(chosen) == [1, 2]
    assert [one.total_minor for one in stacking.apply(chosen, [SHOES])] == [2_000, 200]


@pytest.mark.parametrize(
    ("first", "second"),
    [({102}, frozenset()), (frozenset(), {101}), ({103}, {101})],
    ids=["one", "other", "third"],
)
def test_one_name_is_not_enough(first: set[int], second: set[int]) -> None:
    pair = [percent(1, beside=first), percent(2, beside=second)]
    assert not stacking.may_combine(pair)
    assert ids(stacking.best(pair, [SHOES])) == [1]


def test_three_come_together_only_where_every_two_may() -> None:
    a, b, c = percent(1, beside={102, 103}), percent(2, beside={101}), percent(3, 2_000, beside={101})
    assert not stacking.may_combine([a, b, c])
    assert ids(stacking.best([a, b, c], [SHOES])) == [1, 3]


def test_two_of_one_campaign_do_not_come_together() -> None:
    one = percent(1)
    assert not stacking.may_combine([one, replace(one, coupon_id=2)])


def test_of_equals_the_first_that_was_given_wins() -> None:
    assert ids(stacking.best([percent(2), percent(1)], [SHOES])) == [2]


def test_what_takes_nothing_off_is_not_used_up() -> None:
    useless = percent(1, category="Books", beside={102})
    assert ids(stacking.best([useless, percent(2, beside={101})], [SHOES])) == [2]
    assert stacking.best([useless], [SHOES]) == ()
    assert stacking.best([], [SHOES]) == ()


def test_a_basket_below_the_minimum_uses_nothing() -> None:
    one = Candidate(1, 101, Deal("", 1_000, 0, 500, min_basket_minor=4_001))
    assert stacking.best([one], [SHOES]) == ()


deals = st.builds(
    lambda category, value, is_percent, cap, low: Deal(
        category, min(value, 10_000) if is_percent else 0, 0 if is_percent else value, cap, low
    ),
    st.sampled_from(["", "Shoes", "Toys"]),
    st.integers(1, 20_000),
    st.booleans(),
    st.integers(1, 20_000),
    st.sampled_from([0, 0, 5_000]),
)
wallets = st.lists(deals, min_size=1, max_size=MOST).map(
    lambda some: [
        Candidate(n, n, deal, frozenset(range(len(some))) if n % 2 else frozenset({1, 3}))
        for n, deal in enumerate(some)
    ]
)
baskets = st.lists(
    st.builds(
        PricedLine, st.just("P"), st.sampled_from(["Shoes", "Toys"]), st.integers(0, 9_999), st.integers(1, 7)
    ),
    min_size=1,
    max_size=5,
)


@given(wallets, baskets)
def test_no_total_is_negative_and_the_lines_add_up(
    candidates: list[Candidate], lines: list[PricedLine]
) -> None:
    chosen = stacking.best(candidates, lines)
    taken = stacking.apply(chosen, lines)
    off = [sum(one.lines[number] for one in taken) for number in range(len(lines))]

    assert sum(off) == sum(one.total_minor for one in taken)
    assert all(0 <= part <= line.price_minor * line.quantity for part, line in zip(off, lines, strict=True))
    assert discounts.basket_minor(lines) - sum(off) >= 0
    assert all(0 < one.total_minor <= who.deal.cap_minor for one, who in zip(taken, chosen, strict=True))


@given(wallets, baskets)
def test_no_allowed_single_coupon_takes_more_off(
    candidates: list[Candidate], lines: list[PricedLine]
) -> None:
    chosen = stacking.best(candidates, lines)
    total = sum(one.total_minor for one in stacking.apply(chosen, lines))

    assert stacking.may_combine(chosen)
    assert all(discounts.discount(one.deal, lines).total_minor <= total for one in candidates)
