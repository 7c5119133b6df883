"""A mall of three shoppers and a bot over two days, small enough to know every line of its files."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.contracts import KINDS
from engine.simulate.mall.catalogue import Catalogue, ProductRow
from engine.simulate.mall.columns import Day, DecisionColumns, EventColumns, LineColumns
from service_provider.adapters.mall_files.source import Source

SEED, NOON = 7, 1_736_164_800_000  # noon of Monday, 6 January 2025, UTC
DAY_MS = 86_400_000
UNKNOWN = -1

PRODUCTS = (
    ProductRow("p1", "Linen Dress, blue", "Clothing", "Kanyon", 30_000, 4_500, 20),
    ProductRow("p2", 'The "Silent" Novel', "Books", "Zorlu Center", 1_505, 3_000, 7),
)
_EMPTY = np.zeros(2, dtype=np.int64)
GOODS = Catalogue(
    products=PRODUCTS,
    categories=("Clothing", "Books"),
    malls=("Kanyon", "Zorlu Center"),
    payments=("Cash", "Credit Card"),
    category=np.array([0, 1], dtype=np.int8),
    tier=_EMPTY.astype(np.int8),
    mall=np.array([0, 1], dtype=np.int8),
    price_minor=np.array([30_000, 1_505]),
    margin_bp=np.array([4_500, 3_000]),
    first=_EMPTY,
    size=_EMPTY,
)
# shopper, visit, step, occurred, received, kind, product, category, price, quantity
EVENTS = (
    (0, 40, 0, NOON, NOON, "page_view", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    (0, 40, 2, NOON + 9_000, NOON + 9_000, "add_to_cart", 1, 1, 1_505, 2),
    (0, 40, 1, NOON + 5_000, NOON + 9_500, "product_view", 1, 1, 1_505, UNKNOWN),  # late
    (0, 40, 1, NOON + 5_000, NOON + 9_900, "product_view", 1, 1, 1_505, UNKNOWN),  # and once more
    (3, 41, 0, NOON + 20_000, NOON + 20_000, "category_view", UNKNOWN, 0, UNKNOWN, UNKNOWN),  # the bot
)
# shopper, visit, placed, product, category, quantity, price, discount, mall, payment, arm
LINES = (
    (0, 40, NOON + 30_000, 1, 1, 2, 1_505, 0, 1, 0, 0),
    (2, 42, NOON + 60_000, 0, 0, 1, 30_000, 3_000, 0, 1, 2),
)
# shopper, visit, at, step, arm, category, propensity, random, bought, value, cost, features
DECISIONS = (
    (0, 40, NOON + 9_000, 3, 0, 1, 900_000, False, True, 903, 0, (3, 1)),
    (2, 42, NOON + 50_000, 4, 2, 0, 200_000, True, True, 13_500, 3_000, (4, 0)),
    (1, 43, NOON + 55_000, 3, 4, 0, 200_000, True, False, 0, 0, (3, 0)),
)


def day(number: int) -> Day:
    """The same events every day, a day later, in visits of their own."""
    events = [
        (s, v + 100 * number, n, at + DAY_MS * number, seen + DAY_MS * number, KINDS.index(kind), *rest)
        for s, v, n, at, seen, kind, *rest in EVENTS
    ]
    lines = [(s, v + 100 * number, at + DAY_MS * number, *rest) for s, v, at, *rest in LINES]
    decisions = [(s, v + 100 * number, at + DAY_MS * number, *rest) for s, v, at, *rest in DECISIONS]
    *columns, features = zip(*decisions, strict=True)
    return Day(
        number,
        EventColumns(*_arrays(zip(*events, strict=True))),
        LineColumns(*_arrays(zip(*lines, strict=True))),
        DecisionColumns(*_arrays(columns), np.array(features)),
    )


def _arrays(columns: Any) -> list[Any]:
    return [np.array(column) for column in columns]


def source(days: int | Iterable[Day] = 2, **other: Any) -> Source:
    """So many days, or these."""
    count = days if isinstance(days, int) else 2
    made = Source(
        settings={"shoppers": 3, "days": count, "seed": SEED, "start": "2025-01-06"},
        seed=SEED,
        day_count=count,
        goods=GOODS,
        features=("events", "adds"),
        days=[day(number) for number in range(count)] if isinstance(days, int) else days,
        genders=("Female", "Male", "Female"),
        ages=np.array([30, 40, 50]),
        margins_bp=(2_250, 1_500),
        truth={
            "type": np.array(["sure_thing", "lost_cause", "persuadable"]),
            "friction_ppm": np.array([250_000, 300_000, 1]),
        },
    )
    return replace(made, **other)
