"""The purchases at the simulated mall's tills, and the rule on the card of the demo file."""

from dataclasses import replace
from datetime import date
from math import exp, log

import numpy as np
import pytest

from engine.contracts import Transaction
from engine.simulate import transactions
from engine.simulate.mall import names, shoppers
from engine.simulate.mall.catalogue import catalogue

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
    who = {(row.customer_id, row.gender, row.age, row.payment_method) for row in rows}
    assert len(who) == len({row.customer_id for row in rows}) <= 1000


def test_the_shoppers_are_those_of_the_world():
    rows = transactions.generate(400, seed=4)
    who = shoppers.make(200, days=transactions.DAYS, seed=4)
    numbers = {name: number for number, name in enumerate(names.shopper_ids(4, np.arange(200)))}
    first_days = who.first_day
    for row in rows:
        number = numbers[row.customer_id]
        assert row.age == who.age[number]
        assert row.gender == ("Female" if who.is_woman[number] else "Male")
        assert row.payment_method == catalogue().payments[who.payment[number]]
        assert (row.invoice_date - transactions.FIRST_DAY).days >= first_days[number]


def test_the_goods_are_those_of_the_catalogue():
    sold = {(one.category, one.mall, one.price_minor) for one in catalogue().products}
    rows = transactions.generate(2000, seed=1)
    assert {(row.category, row.shopping_mall, row.price_minor // row.quantity) for row in rows} <= sold


def test_the_days_are_those_of_the_card_and_busy_ones_see_more():
    days = [row.invoice_date for row in transactions.generate(20_000, seed=6)]
    assert (min(days), max(days)) == (date(2021, 1, 1), date(2023, 3, 8))
    by_weekday = np.bincount([day.weekday() for day in days])
    assert by_weekday[5] > 1.2 * by_weekday[0]


def test_no_purchase_has_the_name_of_a_web_order():
    web = names.purchase_ids(1, np.arange(10_000))
    assert not {row.tid for row in transactions.generate(500, seed=1)} & set(web)


def test_the_rule_is_the_one_on_the_card():
    points = -0.54 + 0.9 + 0.6 + 0.8 + 0.3 + 0.4 + 2 * 0.6 - 0.35 + 0.8 * log(600 / 600)
    assert transactions.high_probability(ROW) == pytest.approx(1 / (1 + exp(-1.8 * points)))


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
    assert best == pytest.approx(0.804, abs=0.006)
    assert transactions.rule_accuracy(rows) == pytest.approx(best, abs=0.01)


def test_cells_are_the_published_layout():
    labelled = replace(ROW, label=1, price_minor=120_005)
    assert transactions.COLUMNS[0] == "Tid"
    assert next(transactions.cells([labelled])) == (
        "t", "c", "C1", "Female", "52", "Shoes", "2", "1200.05", "Credit Card", "01-01-2022", "Kanyon", "1",
    )  # fmt: skip
