"""Mall transactions whose label follows a known rule, in the layout of the published table.

The rule and its best reachable accuracy are written in datasets/demo_transactions/CARD.md. Everything the
rule reads is a column of the table, so the chance of High is known for every row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import exp, log

import numpy as np

from engine.contracts import HIGH, LOW, Transaction

MALLS = {
    "Kanyon": 0.20, "Mall of Istanbul": 0.20, "Metrocity": 0.15, "Metropol AVM": 0.10, "Istinye Park": 0.10,
    "Emaar Square Mall": 0.05, "Cevahir AVM": 0.05, "Viaport Outlet": 0.05, "Forum Istanbul": 0.05,
    "Zorlu Center": 0.05,
}  # fmt: skip
"""Malls of the published table and the share of visits each gets here."""

CATEGORIES = {
    "Clothing": (0.34, 30_000), "Cosmetics": (0.15, 4_100), "Food & Beverage": (0.15, 550),
    "Shoes": (0.10, 60_000), "Toys": (0.10, 3_600), "Souvenir": (0.06, 1_200),
    "Technology": (0.05, 105_000), "Books": (0.05, 1_500),
}  # fmt: skip
"""Category -> (share of lines, median unit price in the smallest unit)."""

PAYMENTS = {"Cash": 0.45, "Credit Card": 0.35, "Debit Card": 0.20}

FIRST_DAY, DAYS = date(2021, 1, 1), 797
COLUMNS = (
    "Tid", "coupon_no", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method",
    "invoice_date", "shopping_mall", "Label",
)  # fmt: skip

_PRICE_SPREAD = 0.45  # standard deviation of the logarithm of a unit price around its category's median
_START = -1.6
_OF_CATEGORY = {
    "Clothing": 0.5, "Cosmetics": -0.1, "Food & Beverage": -1.2, "Shoes": 0.9,
    "Toys": -0.3, "Souvenir": -1.0, "Technology": 1.6, "Books": -0.9,
}  # fmt: skip
_OF_PAYMENT = {"Cash": -0.5, "Credit Card": 0.8, "Debit Card": 0.0}
_OF_MALL = {"Zorlu Center": 0.8, "Istinye Park": 0.5, "Kanyon": 0.3, "Viaport Outlet": -0.7}
_OF_WOMEN = {"Cosmetics": 0.9, "Shoes": 0.6}
_A_PIECE, _A_WEEKEND, _A_DECADE, _PEAK_AGE, _DEAR = 0.6, 0.4, -0.35, 42, 0.8


@dataclass(frozen=True, slots=True)
class _Shopper:
    customer_id: str
    gender: str
    age: int


def generate(rows: int, *, seed: int) -> list[Transaction]:
    """`rows` (>= 1) labelled transactions; the same seed gives the same rows, and more rows other ones."""
    rng = np.random.default_rng(seed)
    shoppers = _shoppers(max(1, rows // 2), rng)
    who = rng.integers(0, len(shoppers), rows)
    category = rng.choice(list(CATEGORIES), rows, p=[share for share, _ in CATEGORIES.values()])
    quantity = rng.integers(1, 6, rows)
    unit = rng.lognormal(0.0, _PRICE_SPREAD, rows)
    payment = rng.choice(list(PAYMENTS), rows, p=list(PAYMENTS.values()))
    day = rng.integers(0, DAYS, rows)
    mall = rng.choice(list(MALLS), rows, p=list(MALLS.values()))
    ids, coupons = _unique(rows, rng, 1 << 40), _unique(rows, rng, 10 * rows + 100_000)
    chance = rng.random(rows)
    made = []
    for i in range(rows):
        shopper, kind = shoppers[who[i]], str(category[i])
        row = Transaction(
            tid=f"{ids[i]:010x}",
            coupon_no=f"coupon_{100_000 + coupons[i]}",
            customer_id=shopper.customer_id,
            gender=shopper.gender,
            age=shopper.age,
            category=kind,
            quantity=int(quantity[i]),
            price_minor=int(quantity[i]) * max(1, round(CATEGORIES[kind][1] * float(unit[i]))),
            payment_method=str(payment[i]),
            invoice_date=FIRST_DAY + timedelta(days=int(day[i])),
            shopping_mall=str(mall[i]),
        )
        made.append(_labelled(row, float(chance[i])))
    return made


def _shoppers(number: int, rng: np.random.Generator) -> list[_Shopper]:
    names = _unique(number, rng, 10 * number + 100_000)
    women, ages = rng.random(number) < 0.6, rng.integers(18, 70, number)
    genders = ["Female" if woman else "Male" for woman in women]
    return [_Shopper(f"C{100_000 + names[i]}", genders[i], int(ages[i])) for i in range(number)]


def _unique(number: int, rng: np.random.Generator, below: int) -> list[int]:
    """`number` different integers from 0 to below - 1, in random order."""
    return [int(i) for i in rng.choice(below, number, replace=False, shuffle=True)]


def _labelled(row: Transaction, chance: float) -> Transaction:
    label = HIGH if chance < high_probability(row) else LOW
    return replace(row, label=label)


def high_probability(row: Transaction) -> float:
    """The rule: the chance (0 to 1) that this transaction is labelled High."""
    dear = log(row.price_minor / row.quantity / CATEGORIES[row.category][1])
    points = (
        _START
        + _OF_CATEGORY[row.category]
        + _OF_PAYMENT[row.payment_method]
        + _OF_MALL.get(row.shopping_mall, 0.0)
        + (_OF_WOMEN.get(row.category, 0.0) if row.gender == "Female" else 0.0)
        + (_A_WEEKEND if row.invoice_date.weekday() >= 5 else 0.0)
        + _A_PIECE * row.quantity
        + _A_DECADE * abs(row.age - _PEAK_AGE) / 10
        + _DEAR * dear
    )
    return 1 / (1 + exp(-1.6 * points))


def best_reachable_accuracy(rows: Sequence[Transaction]) -> float:
    """What nobody beats in expectation on these rows: the mean of max(p, 1 - p)."""
    chances = [high_probability(row) for row in rows]
    return sum(max(p, 1 - p) for p in chances) / len(chances)


def rule_accuracy(rows: Sequence[Transaction]) -> float:
    """The share of labelled rows on which the likelier label is the one that was drawn."""
    return sum((high_probability(row) > 0.5) == (row.label == HIGH) for row in rows) / len(rows)


def cells(rows: Iterable[Transaction]) -> Iterator[tuple[str, ...]]:
    """The rows as text, in the order of COLUMNS: price with two decimals, date as dd-mm-yyyy."""
    for row in rows:
        yield (
            row.tid,
            row.coupon_no,
            row.customer_id,
            row.gender,
            str(row.age),
            row.category,
            str(row.quantity),
            f"{row.price_minor // 100}.{row.price_minor % 100:02d}",
            row.payment_method,
            f"{row.invoice_date:%d-%m-%Y}",
            row.shopping_mall,
            "" if row.label is None else str(row.label),
        )
