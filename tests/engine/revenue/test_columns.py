"""From transactions to the matrix, and from the matrix to features."""

from dataclasses import replace
from datetime import date

import numpy as np
import revenue_rows

from engine.revenue import columns, learners
from engine.revenue.columns import MATRIX_COLUMNS, Layout

ROWS = revenue_rows.signal(60)


def test_a_row_becomes_numbers_in_the_order_of_the_columns():
    layout = Layout.of(ROWS)
    row = replace(ROWS[0], age=33, quantity=4, price_minor=1250, invoice_date=date(2022, 3, 5))
    named = dict(zip(MATRIX_COLUMNS, layout.matrix([row])[0], strict=True))
    assert named["age"] == 33
    assert named["quantity"] == 4
    assert named["price_minor"] == 1250
    assert named["days"] == (date(2022, 3, 5) - min(r.invoice_date for r in ROWS)).days
    assert (named["weekday"], named["month"]) == (5, 3)
    assert layout.values["gender"][int(named["gender"])] == row.gender


def test_ids_and_label_change_nothing():
    layout = Layout.of(ROWS)
    other = replace(ROWS[0], tid="x", coupon_no="y", customer_id="z", label=None)
    assert np.array_equal(layout.matrix([other]), layout.matrix(ROWS[:1]))


def test_unknown_values_set_none_of_their_columns():
    layout = Layout.of(ROWS)
    transformer = learners.fit_columns(layout.matrix(ROWS))
    known = transformer.transform(layout.matrix(ROWS[:1]))
    unknown = transformer.transform(layout.matrix([replace(ROWS[0], category="Garden", shopping_mall="")]))
    assert known.dtype == unknown.dtype == np.float32
    assert known[0, 4:].sum() == 6
    assert unknown[0, 4:].sum() == 4


def test_a_layout_comes_back_from_json():
    layout = Layout.of(ROWS)
    again = Layout.from_json(layout.to_json())
    assert again == layout
    assert np.array_equal(again.matrix(ROWS), layout.matrix(ROWS))


def test_the_card_gives_choices_and_ranges():
    card = columns.card(ROWS)
    assert card.choices["gender"] == ("Female", "Male")
    assert card.ranges["age"] == (min(r.age for r in ROWS), max(r.age for r in ROWS))
