"""Tables for the tests of the revenue type: signal, noise, and a walk through a generator."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from engine.contracts import Transaction
from engine.simulate import transactions


def still() -> float:
    """A clock that stands."""
    return 0.0


def walk(steps: Generator[Any, None, Any]) -> tuple[list[Any], Any]:
    """All that long work says on its way, and its result."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value


def finish(steps: Generator[Any, None, Any]) -> Any:
    """The result of long work."""
    return walk(steps)[1]


def signal(rows: int = 400) -> list[Transaction]:
    return transactions.generate(rows, seed=3)


def noise(rows: int = 400, *, high: float = 0.5, seed: int = 5) -> list[Transaction]:
    """The same rows with labels by coin."""
    coin = np.random.default_rng(seed).random(rows) < high
    return [
        replace(row, label=int(heads))
        for row, heads in zip(transactions.generate(rows, seed=3), coin, strict=True)
    ]
