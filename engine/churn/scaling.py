"""Aggregates as a net takes them: signed logarithms, and what is a name and no size apart. Web-safe."""

from collections.abc import Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from engine.churn.columns import AGGREGATES

Floats = NDArray[np.float32]

HOUR, WEEKDAY, SEGMENT = (AGGREGATES.index(name) for name in ("hour_utc", "weekday_utc", "segment"))
HOURS, WEEKDAYS = 24, 7
_NAMES = {"recent_1", "recent_2", "recent_3", "hour_utc", "weekday_utc", "segment"}
SIZES: tuple[int, ...] = tuple(place for place, name in enumerate(AGGREGATES) if name not in _NAMES)
"""Places of the aggregates that are sizes. The last kinds are names too; the steps tell them."""

_LEAST_SPREAD = 0.5
"""A column that hardly moved in training is not blown up when it moves later."""


def logs(aggregates: NDArray[np.int64]) -> Floats:
    """(n, A) whole numbers -> sign(x) log(1 + |x|)."""
    return (np.sign(aggregates) * np.log1p(np.abs(aggregates.astype(np.float64)))).astype(np.float32)


def logs_list(aggregates: Sequence[int]) -> list[float]:
    """The same of one row, sooner."""
    return [log1p(x) if x >= 0 else -log1p(-x) for x in aggregates]


def logs_of(aggregates: Sequence[int]) -> Floats:
    """(1, A) the same of one row."""
    return np.array([logs_list(aggregates)], dtype=np.float32)


def places(aggregates: NDArray[np.int64], segments: int) -> NDArray[np.int64]:
    """(n, 3) hour, weekday and segment as rows of tables; the segment's row 0 is for an unknown one."""
    segment = aggregates[:, SEGMENT] + 1
    segment = np.where((segment < 0) | (segment > segments), 0, segment)
    return np.stack([aggregates[:, HOUR], aggregates[:, WEEKDAY], segment], axis=1)


def rows_of(aggregates: Sequence[int], segments: int) -> tuple[int, int, int]:
    """The same of one row."""
    segment = aggregates[SEGMENT] + 1
    return aggregates[HOUR], aggregates[WEEKDAY], segment if 0 <= segment <= segments else 0


def places_of(aggregates: Sequence[int], segments: int) -> NDArray[np.int64]:
    """(1, 3) the same of one row."""
    return np.array([rows_of(aggregates, segments)], dtype=np.int64)


def standard(found: Floats) -> tuple[Floats, Floats]:
    """(A,) centre and (A,) factor of each column of logs; the factor is 0 where it is no size."""
    centre = found.mean(axis=0, dtype=np.float64)
    spread = np.maximum(found.std(axis=0, dtype=np.float64), _LEAST_SPREAD)
    factor = np.zeros(len(AGGREGATES))
    factor[list(SIZES)] = 1.0 / spread[list(SIZES)]
    return centre.astype(np.float32), factor.astype(np.float32)


def round_table(rows: int) -> Floats:
    """(rows, 2) sine and cosine of the hours of a day or the days of a week."""
    turn = 2 * np.pi * np.arange(rows) / rows
    return np.stack([np.sin(turn), np.cos(turn)], axis=1).astype(np.float32)
