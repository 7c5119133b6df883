"""What the simulated mall's shoppers bought at its tills, in the layout of the published table.

The same shoppers, goods and laws as in the mall's visits (docs/algorithms/mall.md); rows and
labels by `purchases`. The columns are described in datasets/demo_transactions/CARD.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from engine.contracts import Transaction
from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats, Ints, Words
from engine.simulate.chance.tables import Choices
from engine.simulate.mall import days, laws, names, shoppers, visits
from engine.simulate.mall.catalogue import CATEGORIES, MALLS, PAYMENTS, catalogue
from engine.simulate.mall.columns import LineColumns
from engine.simulate.mall.days import DAY_MS, HOUR_MS, OPEN_HOURS, OPENS, WorldSettings
from engine.simulate.mall.shoppers import Shoppers
from engine.simulate.purchases import (
    best_reachable_accuracy,
    high_probability,
    rule_accuracy,
    to_transactions,
)

__all__ = [
    "CATEGORIES", "COLUMNS", "DAYS", "FIRST_DAY", "MALLS", "PAYMENTS", "best_reachable_accuracy", "cells", "generate",
    "high_probability", "rule_accuracy",
]  # fmt: skip

FIRST_DAY, DAYS = date(2021, 1, 1), 797
COLUMNS = (
    "Tid", "coupon_no", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method",
    "invoice_date", "shopping_mall", "Label",
)  # fmt: skip
STREAM = "tills"
FIRST_LINE = 1 << 40  # lines at the tills are numbered from here, so that none has the name of a web order's
_WHO, _DAY, _HOUR, _CATEGORY, _ITEM = range(5)


def generate(rows: int, *, seed: int) -> list[Transaction]:
    """`rows` (>= 1) labelled transactions; the same seed gives the same rows, and more rows other ones.

    There are half as many shoppers as rows, the first of the world `seed`.
    """
    settings = WorldSettings(max(1, rows // 2), DAYS, seed, start=FIRST_DAY)
    who = shoppers.make(settings.shoppers, days=DAYS, seed=seed)
    made = to_transactions(
        _lines(settings, who, draws.bases(draws.seed_word(seed, STREAM), np.arange(rows))),
        seed=seed,
        first=FIRST_LINE,
        goods=catalogue(),
        genders=["Female" if is_woman else "Male" for is_woman in who.is_woman.tolist()],
        ages=who.age,
    )
    coupons = names.coupon_ids(
        seed, FIRST_LINE + np.arange(rows)
    )  # the published table has one on every line
    return [replace(row, coupon_no=coupon) for row, coupon in zip(made, coupons, strict=True)]


def _lines(settings: WorldSettings, who: Shoppers, base: Words) -> LineColumns:
    """One line for each word: who comes often buys often, and what she buys follows her tastes."""
    goods = catalogue()
    shopper = _placed(np.cumsum(who.rate), _uniform(base, _WHO))
    drawn = _uniform(base, _CATEGORY)
    category = (drawn[:, None] >= who.reach[shopper, :-1]).sum(axis=1)
    word = draws.words(base, 0, _ITEM)
    product = visits.item_of(who, goods, shopper, category, word)
    none = np.zeros(len(base), dtype=np.int64)
    pieces = Choices(laws.QUANTITY).pick(none, draws.bits(word, 48, 12)) + 1
    return LineColumns(
        shopper=shopper.astype(np.int32),
        visit=none,
        placed_ms=_moments(settings, who.first_day[shopper], base),
        product=product.astype(np.int32),
        category=goods.category[product],
        quantity=pieces.astype(np.int32),
        price_minor=goods.price_minor[product],
        discount_minor=none,
        mall=goods.mall[product],
        payment=who.payment[shopper],
        arm=none.astype(np.int8),
    )


def _moments(settings: WorldSettings, first_day: Ints, base: Words) -> Ints:
    """A day from each shopper's first on, as busy as the mall is then, and a time within the opening hours."""
    upto = np.cumsum([0.0, *(days.traffic(settings, day) for day in range(settings.days))])
    before = upto[first_day]
    place = before + _uniform(base, _DAY) * (upto[-1] - before)
    day = np.minimum(np.searchsorted(upto, place, side="right") - 1, settings.days - 1)
    opened = days.first_ms(settings) + day * DAY_MS + OPENS * HOUR_MS
    return opened + (draws.bits(draws.words(base, 0, _HOUR), 0, 24) * (OPEN_HOURS * HOUR_MS) >> 24)


def _placed(reach: Floats, drawn: Floats) -> Ints:
    """Numbers drawn in proportion to the steps of `reach`, which is cumulative."""
    number = np.searchsorted(reach, drawn * reach[-1], side="right")
    return np.minimum(number, len(reach) - 1)


def _uniform(base: Words, purpose: int) -> Floats:
    return draws.uniform(draws.words(base, 0, purpose))


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
