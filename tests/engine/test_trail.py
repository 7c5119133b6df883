"""The trail of a visit: bounded, coarse, and blind for what comes late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import trail, visit
from engine.contracts import KINDS, CategoryCount, EventIn

TEN = 1_700_000_000_000
SHOES = (CategoryCount("Shoes", 1, 0, 1), CategoryCount("", 3, 0, 2))


def walked(count: int) -> visit.VisitState:
    events = (
        EventIn("", "", "", TEN + i * 1_000, KINDS[i % 3], "shirt", f"Aisle {i % 14}", 500, None)
        for i in range(count)
    )
    return visit.fold_all(visit.empty("v", "s"), events)


def steps(state: visit.VisitState) -> list[tuple[int, int, int, int, bool]]:
    """Kind, place, gap, price and basket of each step."""
    raw = state.trail
    return [
        (a & trail.KIND, a >> 4, b, c & 127, bool(c & trail.FULL))
        for a, b, c in zip(raw[::3], raw[1::3], raw[2::3], strict=True)
    ]


def test_a_step_says_kind_category_gap_price_and_basket():
    state = visit.fold_all(
        visit.empty("v", "s"),
        [
            EventIn("", "", "", TEN, "page_view"),
            EventIn("", "", "", TEN + 4_000, "product_view", "shirt", "Clothing", 2_000),
            EventIn("", "", "", TEN + 9_000, "add_to_cart", "shirt", "Clothing", 2_000, 1),
        ],
    )
    gaps, price = (0, trail.coarse(4_000, 2), trail.coarse(5_000, 2)), trail.coarse(2_000, 1)

    assert steps(state) == [
        (0, trail.NO_PLACE, gaps[0], 0, False), (2, 0, gaps[1], price, False), (4, 0, gaps[2], price, True),
    ]  # fmt: skip


def test_the_last_fifty_are_kept():
    assert len(walked(49).trail) == 49 * 3
    assert len(walked(200).trail) == trail.STEPS * trail.STEP_BYTES
    assert trail.kinds(walked(200).trail, 3) == [(200 - i) % 3 for i in (3, 2, 1)]


def test_a_category_without_a_name_counts_with_the_rest():
    assert [trail.place_of(name, SHOES) for name in ("Shoes", "Toys", "")] == [0, 1, trail.NO_PLACE]
    assert trail.place_of("Toys", SHOES[:1]) == trail.NO_PLACE


@pytest.mark.parametrize(
    ("number", "finer", "expected"),
    [(0, 2, 0), (1, 2, 4), (2, 2, 8), (3, 2, 10), (2**53, 2, 216), (10**12, 1, 81)],
)
def test_coarse_numbers(number, finer, expected):
    assert trail.coarse(number, finer) == expected


@given(st.integers(0, 2**53), st.integers(0, 2**53), st.integers(0, 3))
def test_a_larger_number_is_never_coarser_smaller(one, other, finer):
    low, high = sorted((one, other))
    assert trail.coarse(low, finer) <= trail.coarse(high, finer)
