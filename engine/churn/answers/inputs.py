"""Windows as matrices for the rungs that are no nets. The same code trains and serves; web-safe."""

import numpy as np
from numpy.typing import NDArray

from engine.churn.columns import AGGREGATES, STEPS
from engine.contracts import KINDS

Ints = NDArray[np.int64]
Steps = NDArray[np.int16]
Floats = NDArray[np.float32]

ACTIONS = len(KINDS) + 1
"""Actions of a chain: the kinds, and 0 for what was before the first."""
RECENT = 8
FADING = tuple(round(2**16 * 0.8**back) for back in range(STEPS))
"""What a step counts after so many others: whole numbers, whose sums are the same in any order."""
GAP_BINS = (1, 48, 52, 56, 60, 64, 68, 72)
_KINDS = tuple(range(1, ACTIONS))
PLACE = {name: place for place, name in enumerate(AGGREGATES)}
NAMED = ("recent_1", "recent_2", "recent_3")
ROUND = (("hour_utc", 24), ("weekday_utc", 7))
FLAGS = ("adds", "basket_lines")
SIZES = tuple(
    place for name, place in PLACE.items() if name not in (*NAMED, "segment") and name not in dict(ROUND)
)


def boosted(aggregates: Ints, steps: Steps) -> Floats:
    """(n, M) for trees: the aggregates, the last RECENT steps, and sums over all steps. 32-bit floats: what
    serving reads is what training read, to the last bit."""
    recent = steps[:, : STEPS - RECENT - 1 : -1].reshape(len(steps), -1)
    return np.concatenate([aggregates.astype(np.float32), recent.astype(np.float32), _sums(steps)], axis=1)


def _sums(steps: Steps) -> Floats:
    """(n, 20) steps by size of the gap, categories kept and changed, and fading counts of the kinds."""
    kind, gap = steps[:, :, 0], steps[:, :, 2]
    here = kind > 0
    bins = np.searchsorted(np.array(GAP_BINS), gap, side="right") * here
    found = [(bins == number).sum(axis=1) for number in range(1, len(GAP_BINS) + 1)]
    fading = np.array(FADING[::-1], dtype=np.int64)
    found += [(kind == one) @ fading / FADING[0] for one in _KINDS]
    return np.stack([*found, *_turns(steps[:, :, 1])], axis=1).astype(np.float32)


def _turns(category: Steps) -> tuple[Ints, Ints]:
    """How often a step named the category of the last one that named any, and how often another."""
    named = category > 0
    place = np.where(named, np.arange(STEPS), -1)
    before = np.maximum.accumulate(place, axis=1)
    before = np.concatenate([np.full((len(place), 1), -1), before[:, :-1]], axis=1)
    last = np.take_along_axis(category, np.maximum(before, 0), axis=1)
    follows = named & (before >= 0)
    return (follows & (last == category)).sum(axis=1), (follows & (last != category)).sum(axis=1)


def plain(aggregates: Ints, steps: Steps, segments: int) -> NDArray[np.float64]:
    """(n, L) for lines: signed logarithms of sizes, each name a column of its own, and all sizes once more where
    the basket holds something."""
    sizes = aggregates[:, SIZES].astype(np.float64)
    sums = _sums(steps).astype(np.float64)
    logs = np.concatenate([np.sign(sizes) * np.log1p(np.abs(sizes)), np.log1p(sums)], axis=1)
    found = [logs, logs * (aggregates[:, [PLACE["basket_lines"]]] > 0)]
    found += [np.equal(aggregates[:, [PLACE[name]]], np.arange(-1, len(KINDS))) for name in NAMED]
    found += [(aggregates[:, [PLACE[name]]] > 0) for name in FLAGS]
    found.append(np.equal(aggregates[:, [PLACE["segment"]]], np.arange(-1, segments)))
    for name, turn in ROUND:
        angle = 2 * np.pi * aggregates[:, [PLACE[name]]] / turn
        found += [np.sin(angle), np.cos(angle)]
    return np.concatenate([part.astype(np.float64) for part in found], axis=1)
