"""What was bought, as transactions of the published layout with labels that follow the written rule.

The rule stands in datasets/demo_transactions/CARD.md. Everything it reads is a column of the table, so the chance of
High is known for every row.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from engine.contracts import HIGH, LOW, Transaction
from engine.simulate.mall import names
from engine.simulate.mall.catalogue import CATEGORIES, Catalogue
from engine.simulate.mall.columns import LineColumns
from engine.simulate.mall.days import HOUR_MS, ZONE_HOURS

_START, _STEEPNESS = -0.54, 1.8
_OF_CATEGORY = {
    "Clothing": 0.5, "Cosmetics": -0.1, "Food & Beverage": -1.2, "Shoes": 0.9,
    "Toys": -0.3, "Souvenir": -1.0, "Technology": 1.6, "Books": -0.9,
}  # fmt: skip
_OF_PAYMENT = {"Cash": -0.5, "Credit Card": 0.8, "Debit Card": 0.0}
_OF_MALL = {"Zorlu Center": 0.8, "Istinye Park": 0.5, "Kanyon": 0.3, "Viaport Outlet": -0.7}
_OF_WOMEN = {"Cosmetics": 0.9, "Shoes": 0.6}
_A_PIECE, _A_WEEKEND, _A_DECADE, _PEAK_AGE, _DEAR = 0.6, 0.4, -0.35, 42, 0.8


def to_transactions(
    lines: LineColumns,
    *,
    seed: int,
    first: int,
    goods: Catalogue,
    genders: Sequence[str],
    ages: NDArray[np.int64],
) -> list[Transaction]:
    """One transaction a line, in the order of the lines. `first` is the number of lines before these in the run.

    The price is what was paid for the line. A coupon number stands only where a coupon made the line cheaper.
    The label is drawn by `high_probability`, from the seed and the line's number alone. `genders`
    and `ages` are by shopper; the date is that of the mall's own clock.
    """
    numbers = first + np.arange(len(lines.shopper))
    customers = names.shopper_ids(seed, lines.shopper)
    tids, coupons = names.purchase_ids(seed, numbers), names.coupon_ids(seed, numbers)
    chances = names.uniforms(seed, names.LABEL, numbers).tolist()
    paid = (lines.quantity * lines.price_minor - lines.discount_minor).tolist()
    made = []
    for i, shopper in enumerate(lines.shopper.tolist()):
        row = Transaction(
            tid=tids[i],
            coupon_no=coupons[i] if lines.discount_minor[i] else "",
            customer_id=customers[i],
            gender=genders[shopper],
            age=int(ages[shopper]),
            category=goods.categories[lines.category[i]],
            quantity=int(lines.quantity[i]),
            price_minor=paid[i],
            payment_method=goods.payments[lines.payment[i]],
            invoice_date=_mall_day(int(lines.placed_ms[i])),
            shopping_mall=goods.malls[lines.mall[i]],
        )
        made.append(replace(row, label=HIGH if chances[i] < high_probability(row) else LOW))
    return made


def _mall_day(at_ms: int) -> date:
    return datetime.fromtimestamp((at_ms + ZONE_HOURS * HOUR_MS) // 1000, UTC).date()


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
    return 1 / (1 + exp(-_STEEPNESS * points))


def best_reachable_accuracy(rows: Sequence[Transaction]) -> float:
    """What nobody beats in expectation on these rows: the mean of max(p, 1 - p)."""
    chances = [high_probability(row) for row in rows]
    return sum(max(p, 1 - p) for p in chances) / len(chances)


def rule_accuracy(rows: Sequence[Transaction]) -> float:
    """The share of labelled rows on which the likelier label is the one that was drawn."""
    return sum((high_probability(row) > 0.5) == (row.label == HIGH) for row in rows) / len(rows)
