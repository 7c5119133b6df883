"""Made-up visits in which a purchase can be foretold: whoever added lingers, stays in one category and comes back."""

from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np

from engine.churn import windows
from engine.churn.windows import EventLog, Windows
from engine.contracts import KINDS, EventIn, ShopperStanding, VisitState
from engine.visit import empty, fold_all

CATEGORIES = ("books", "shoes", "toys")
SEGMENTS = ("casual", "loyal")
START, DAY = 1_750_000_000_000, 86_400_000


@dataclass(frozen=True)
class World:
    log: EventLog
    events: list[list[EventIn]]  # of each visit
    standings: list[ShopperStanding]  # of the shopper of each visit

    def state(self, made: Windows, row: int) -> VisitState:
        """The visit of a window as the live site knows it at that moment."""
        visit = int(made.visit[row])
        return fold_all(empty("v", "s"), self.events[visit][: int(made.step[row])])

    def standing(self, made: Windows, row: int) -> ShopperStanding:
        return self.standings[int(made.visit[row])]


def finish(steps: Any) -> Any:
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def clock() -> Any:
    """Each look is a second later."""
    ticks = count()
    return lambda: float(next(ticks))


@cache
def world(visits: int = 400, *, seed: int = 1, longest: int = 14) -> World:
    chance = np.random.default_rng(seed)
    events = [_visit(number, chance, longest) for number in range(visits)]
    standings = [
        ShopperStanding(
            ("", *SEGMENTS)[visit % 3], float(chance.normal()), float(chance.normal()), visit % 90
        )
        for visit in range(visits)
    ]
    return World(_log(events, standings), events, standings)


def _visit(number: int, chance: np.random.Generator, longest: int) -> list[EventIn]:
    at, keen = START + number * DAY // 40, chance.random() < 0.4
    length = int(chance.integers(3, longest + 1))
    category, found = str(chance.choice(CATEGORIES)), []
    for place in range(length):
        if chance.random() > (0.9 if keen else 0.5):
            category = str(chance.choice(CATEGORIES))
        kind = "add_to_cart" if keen and place == 2 else str(chance.choice(KINDS[:7]))
        at += int(chance.lognormal(9.5 if keen else 8.5, 0.7))
        product = f"p{chance.integers(9)}" if kind in ("product_view", "add_to_cart") else ""
        price = int(chance.integers(100, 9_000)) if product else None
        named = category if kind != "page_view" else ""
        found.append(EventIn("", "s", "v", at, kind, product, named, price, None))
    if keen and chance.random() < 0.8:
        found.append(EventIn("", "s", "v", at + 5_000, "purchase"))
    return found


def _log(events: list[list[EventIn]], standings: list[ShopperStanding]) -> EventLog:
    rows = [(visit, event) for visit, some in enumerate(events) for event in some]
    return windows.make_log(
        np.array([visit for visit, _ in rows]),
        np.array([visit // 3 for visit, _ in rows]),
        np.array([event.occurred_at for _, event in rows]),
        np.array([KINDS.index(event.kind) for _, event in rows]),
        product=np.array([event.product_id for _, event in rows]),
        category=np.array([CATEGORIES.index(e.category) if e.category else -1 for _, e in rows]),
        price_minor=np.array([-1 if e.price_minor is None else e.price_minor for _, e in rows]),
        categories=CATEGORIES,
        standings=dict(enumerate(standings)),
    )


@cache
def made(visits: int = 400, *, seed: int = 1, longest: int = 14) -> Windows:
    return finish(windows.make(world(visits, seed=seed, longest=longest).log, until_ms=2**60, extra=2))


def halves(all_: Windows) -> tuple[Windows, Windows]:
    """To learn from, and to validate on: no visit is in both."""
    asked = all_.visit % 4 == 0
    return all_.take(~asked), all_.take(asked)
