"""Lines of orders become transactions whose labels follow the written rule."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from engine.simulate.mall.catalogue import catalogue
from engine.simulate.mall.columns import LineColumns
from engine.simulate.purchases import high_probability, to_transactions

GOODS = catalogue()
LATE_EVENING = 1_736_196_300_000  # 23:45 at the mall on 6 January 2025, 20:45 in UTC
PAST_MIDNIGHT = LATE_EVENING + 30 * 60_000


def lines(count: int, **other: Any) -> LineColumns:
    number = np.arange(count)
    product = number % len(GOODS.products)
    made = LineColumns(
        shopper=number % 2,
        visit=number,
        placed_ms=np.full(count, LATE_EVENING),
        product=product,
        category=GOODS.category[product],
        quantity=1 + number % 3,
        price_minor=GOODS.price_minor[product],
        discount_minor=np.zeros(count, dtype=np.int64),
        mall=GOODS.mall[product],
        payment=number % 3,
        arm=np.zeros(count, dtype=np.int8),
    )
    return replace(made, **other)


def bought(of: LineColumns, *, seed: int = 5, first: int = 0) -> list[Any]:
    people = {"genders": ("Female", "Male"), "ages": np.array([30, 61])}
    return to_transactions(of, seed=seed, first=first, goods=GOODS, **people)


def test_the_price_is_what_was_paid_and_a_coupon_stands_where_it_made_a_line_cheaper():
    full, cheaper = bought(lines(2, discount_minor=np.array([0, 100]), arm=np.array([2, 2])))

    assert full.price_minor == GOODS.price_minor[0]
    assert cheaper.price_minor == 2 * GOODS.price_minor[1] - 100
    assert (full.coupon_no, cheaper.coupon_no[:1]) == ("", "c")


def test_the_date_is_that_of_the_malls_own_clock():
    rows = bought(lines(2, placed_ms=np.array([LATE_EVENING, PAST_MIDNIGHT])))

    assert [row.invoice_date.isoformat() for row in rows] == ["2025-01-06", "2025-01-07"]


def test_labels_are_drawn_by_the_rule():
    rows = bought(lines(20_000))
    chances = [high_probability(row) for row in rows]

    assert sum(row.label for row in rows) / len(rows) == pytest.approx(sum(chances) / len(rows), abs=0.01)


def test_a_line_is_the_same_whatever_was_bought_with_it():
    everything = lines(50)
    second_half = LineColumns(*(getattr(everything, field.name)[25:] for field in fields(everything)))

    assert bought(second_half, first=25) == bought(everything)[25:]
    assert {row.tid for row in bought(everything)}.isdisjoint(row.tid for row in bought(everything, seed=6))
