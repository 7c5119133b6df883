"""The generator of the demo transactions and the rule on their card."""

from dataclasses import replace
from datetime import date
from math import exp, log

import pytest

from engine.contracts import Transaction
from engine.simulate import transactions

ROW = Transaction(
    "t", "c", "C1", "Female", 52, "Shoes", 2, 120_000, "Credit Card", date(2022, 1, 1), "Kanyon"
)  # 1 January 2022 was a Saturday


def test_same_seed_same_rows_other_seed_other_rows():
    assert transactions.generate(50, seed=1) == transactions.generate(50, seed=1)
    assert transactions.generate(50, seed=1) != transactions.generate(50, seed=2)


def test_rows_stay_in_their_ranges():
    rows = transactions.generate(2000, seed=1)
    assert {row.shopping_mall for row in rows} == set(transactions.MALLS)
    assert {row.category for row in rows} == set(transactions.CATEGORIES)
    assert {row.gender for row in rows} == {"Female", "Male"}
    assert {row.quantity for row in rows} == {1, 2, 3, 4, 5}
    assert min(row.age for row in rows) >= 18
    assert max(row.age for row in rows) <= 69
    assert all(row.price_minor > 0 and row.price_minor % row.quantity == 0 for row in rows)
    assert {row.label for row in rows} == {0, 1}


def test_ids_are_unique_and_a_shopper_stays_the_same():
    rows = transactions.generate(2000, seed=1)
    assert len({row.tid for row in rows}) == len({row.coupon_no for row in rows}) == 2000
    shoppers = {(row.customer_id, row.gender, row.age) for row in rows}
    assert len(shoppers) == len({row.customer_id for row in rows}) < 1100


def test_the_rule_is_the_one_on_the_card():
    points = -1.6 + 0.9 + 0.6 + 0.8 + 0.3 + 0.4 + 2 * 0.6 - 0.35 + 0.8 * log(600 / 600)
    assert transactions.high_probability(ROW) == pytest.approx(1 / (1 + exp(-1.6 * points)))


@pytest.mark.parametrize(
    "less",
    [
        {"category": "Books", "price_minor": 3000}, {"gender": "Male"}, {"payment_method": "Cash"},
        {"quantity": 1, "price_minor": 60_000},
        {"age": 69}, {"shopping_mall": "Viaport Outlet"}, {"invoice_date": date(2022, 1, 3)}, {"price_minor": 60_000},
    ],
)  # fmt: skip
def test_each_term_counts(less):
    assert transactions.high_probability(replace(ROW, **less)) < transactions.high_probability(ROW)


def test_labels_are_drawn_by_the_rule_and_nobody_beats_it():
    rows = transactions.generate(20_000, seed=8)
    chances = [transactions.high_probability(row) for row in rows]
    best = transactions.best_reachable_accuracy(rows)
    assert sum(row.label for row in rows) / len(rows) == pytest.approx(sum(chances) / len(rows), abs=0.012)
    assert best == pytest.approx(0.806, abs=0.005)
    assert transactions.rule_accuracy(rows) == pytest.approx(best, abs=0.01)


def test_cells_are_the_published_layout():
    labelled = replace(ROW, label=1, price_minor=120_005)
    assert transactions.COLUMNS[0] == "Tid"
    assert next(transactions.cells([labelled])) == (
        "t", "c", "C1", "Female", "52", "Shoes", "2", "1200.05", "Credit Card", "01-01-2022", "Kanyon", "1",
    )  # fmt: skip
