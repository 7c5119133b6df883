"""One visit as the rungs that are no nets read it: the columns of `inputs`, in plain Python, many times sooner.

`codes` are rows of engine/churn/codes.py, the newest last. A test holds every column against `inputs`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import cos, log1p, pi, sin

import numpy as np
from numpy.typing import NDArray

from engine.churn.answers.inputs import (
    ACTIONS,
    FADING,
    FLAGS,
    GAP_BINS,
    NAMED,
    PLACE,
    RECENT,
    ROUND,
    SIZES,
)
from engine.churn.codes import STAYED, TURNED
from engine.churn.columns import STEP_COLUMNS

Codes = Sequence[tuple[int, ...]]
_WIDTH = len(STEP_COLUMNS)
_NAMED = tuple(PLACE[name] for name in NAMED)
_FLAGS = tuple(PLACE[name] for name in FLAGS)
_ROUND = tuple(
    (PLACE[name], tuple((sin(2 * pi * i / turn), cos(2 * pi * i / turn)) for i in range(turn)))
    for name, turn in ROUND
)
_LINES, _SEGMENT = PLACE["basket_lines"], PLACE["segment"]


def boosted(aggregates: Sequence[int], codes: Codes) -> NDArray[np.float32]:
    """(1, M) as `inputs.boosted`."""
    found: list[float] = list(aggregates)
    for code in codes[: -RECENT - 1 : -1]:
        found += code[:_WIDTH]
    found += [0] * (_WIDTH * (RECENT - min(len(codes), RECENT)))
    found += sums(codes)
    return np.array([found], dtype=np.float32)


def sums(codes: Codes) -> list[float]:
    """As `inputs._sums`."""
    bins, kinds, turns = [0] * (len(GAP_BINS) + 1), [0] * ACTIONS, [0, 0, 0]
    for (kind, _, gap, _, _, turn), fading in zip(reversed(codes), FADING, strict=False):
        if kind:
            bins[bisect_right(GAP_BINS, gap)] += 1
            kinds[kind] += fading
            turns[turn] += 1
    return [*bins[1:], *(kind / FADING[0] for kind in kinds[1:]), turns[STAYED], turns[TURNED]]


def plain(aggregates: Sequence[int], codes: Codes, segments: int) -> list[float]:
    """As `inputs.plain`."""
    sizes = [aggregates[place] for place in SIZES]
    logs = [log1p(x) if x >= 0 else -log1p(-x) for x in sizes]
    logs += [log1p(x) for x in sums(codes)]
    found = logs + (logs if aggregates[_LINES] > 0 else [0.0] * len(logs))
    for place in _NAMED:
        found += _one_hot(aggregates[place], ACTIONS)
    found += [float(aggregates[place] > 0) for place in _FLAGS]
    found += _one_hot(aggregates[_SEGMENT], segments + 1)
    for place, table in _ROUND:
        found += table[aggregates[place]]
    return found


def _one_hot(place: int, rows: int) -> list[float]:
    """A one where `place`, from -1, is."""
    found = [0.0] * rows
    if -1 <= place < rows - 1:
        found[place + 1] = 1.0
    return found
