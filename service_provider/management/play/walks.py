"""The visits of the simulated mall as walks through the shop: what is clicked when, and whether it is bought."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import count

import numpy as np

from engine.contracts import KINDS
from engine.simulate.mall import days, log
from engine.simulate.mall.catalogue import SUBCATEGORIES, catalogue
from engine.simulate.mall.columns import EventColumns
from engine.simulate.mall.days import WorldSettings

SHOPPERS, DAYS = 1_500, 366  # as many as have a past in the demo; a world lives a year, then another one
LATE_MS = 60_000
_BUYING = frozenset({"checkout", "purchase"})


@dataclass(frozen=True, slots=True)
class Step:
    """One click, so many milliseconds after the visit began."""

    after_ms: int
    kind: str
    product_id: str = ""
    category: str = ""
    quantity: int | None = None
    words: str = ""
    is_late: bool = False  # the connection was gone: it is told when she leaves
    is_repeated: bool = False  # the answer was lost: its batch is sent again


@dataclass(frozen=True, slots=True)
class Walk:
    """A visit of a shopper of the world, up to the basket; whether she pays is `buys`."""

    number: int
    shopper: int
    is_robot: bool
    buys: bool
    steps: tuple[Step, ...]

    @property
    def lasts_ms(self) -> int:
        return self.steps[-1].after_ms


def walks(seed: int) -> Iterator[Walk]:
    """Visits without end, the same for the same seed, in the order in which they begin."""
    for year in count():
        mall = days.open_mall(WorldSettings(SHOPPERS, DAYS, seed + (year << 32)))
        for day, ends, trails in days.run(mall, keep=True):
            yield from _of_a_day(log.events(mall, day, trails, ends))


def _of_a_day(received: EventColumns) -> Iterator[Walk]:
    """The day's events as walks. What came twice is one step."""
    order = np.lexsort((received.step, received.visit))
    columns = [getattr(received, field.name)[order].tolist() for field in fields(received)]
    by_visit: dict[int, list[_Row]] = {}
    for values in zip(*columns, strict=True):
        row = _Row(*values)
        by_visit.setdefault(row.visit, []).append(row)
    for rows in sorted(by_visit.values(), key=lambda rows: (rows[0].occurred_ms, rows[0].visit)):
        yield _walk(rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of EventColumns."""

    shopper: int
    visit: int
    step: int
    occurred_ms: int
    received_ms: int
    kind: int
    product: int
    category: int
    price_minor: int
    quantity: int


def _walk(rows: list[_Row]) -> Walk:
    once: dict[int, list[_Row]] = {}
    for row in rows:
        once.setdefault(row.step, []).append(row)
    steps = [_step(same, began_ms=rows[0].occurred_ms) for same in once.values()]
    return Walk(
        number=rows[0].visit,
        shopper=rows[0].shopper,
        is_robot=rows[0].shopper >= SHOPPERS,
        buys=any(step.kind in _BUYING for step in steps),
        steps=tuple(step for step in steps if step.kind not in _BUYING),
    )


def _step(same: list[_Row], *, began_ms: int) -> Step:
    goods, row = catalogue(), same[0]
    kind, category = KINDS[row.kind], goods.categories[row.category] if row.category >= 0 else ""
    return Step(
        after_ms=row.occurred_ms - began_ms,
        kind=kind,
        product_id=goods.products[row.product].product_id if row.product >= 0 else "",
        category=category,
        quantity=row.quantity if row.quantity > 0 else None,
        words=_words(category, row.visit + row.step) if kind == "search" else "",
        is_late=min(twin.received_ms for twin in same) - row.occurred_ms >= LATE_MS,
        is_repeated=len(same) > 1,
    )


def _words(category: str, number: int) -> str:
    """What somebody looks for who is after this category."""
    nouns, adjectives = SUBCATEGORIES[category]
    noun = nouns[number % len(nouns)].lower()
    return noun if number % 3 else f"{adjectives[number // 3 % len(adjectives)].lower()} {noun}"
