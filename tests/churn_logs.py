"""Small logs of visits for tests of the churn ladder."""

from collections.abc import Generator
from functools import cache
from typing import Any, TypeVar

import numpy as np

from engine.churn import windows
from engine.churn.windows import EventLog, Windows
from engine.contracts import KINDS, Progress
from engine.simulate import untreated
from engine.simulate.mall.days import WorldSettings
from engine.simulate.untreated import Watched

T = TypeVar("T")
TEN = 1_764_583_200_000  # 1 December 2025, 10:00 UTC
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
LATER = TEN + 365 * DAY


def result(steps: Generator[Progress, None, T]) -> T:
    """What a generator of progress gives."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def log(*visits: str, start: int = TEN, every: int = 10 * SECOND, **more: Any) -> EventLog:
    """Visits as words, each of a shopper of its own and an hour after the other: "page_view product_view purchase"."""
    rows = [
        (number, number, start + number * 60 * MINUTE + place * every, KINDS.index(kind))
        for number, visit in enumerate(visits)
        for place, kind in enumerate(visit.split())
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    given: dict[str, Any] = {"categories": ()} | more
    return windows.make_log(*table.T, **given)


def made(log_: EventLog, **options: Any) -> Windows:
    return result(windows.make(log_, **{"until_ms": LATER, "extra": 0} | options))


@cache
def mall(shoppers: int = 2_200, days: int = 30, seed: int = 4_711) -> Watched:
    """A few thousand visits of the simulated mall."""
    return result(untreated.run(WorldSettings(shoppers, days, seed)))


@cache
def mall_windows(shoppers: int = 2_200, days: int = 30, seed: int = 4_711) -> Windows:
    return made(mall(shoppers, days, seed).log, until_ms=windows.NEVER, extra=1)


class Ticking:
    """A clock that goes on by a millisecond each time it is looked at."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 0.001
        return self._now
