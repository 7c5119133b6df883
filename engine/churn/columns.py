"""What models of churn see of a visit: aggregates and the last steps. The same code trains, serves and replays.

Whole numbers only, so that files and processes agree to the last digit; meaning: docs/algorithms/churn.md.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine import trail as trails
from engine.contracts import ShopperStanding, VisitState
from engine.features import FEATURES, vector

CHURN_VERSION = 1
"""Grows whenever a column's name, place or meaning changes; an artefact says which one it was trained on."""

STANDING = ("segment", "spending_permille", "behaviour_permille", "tenure_days")
AGGREGATES: tuple[str, ...] = (*FEATURES, *STANDING)
"""Names of the whole numbers that a visit is told by, besides its steps."""

UNKNOWN = -1
"""The place of a segment that a model has no name for."""

STEPS = trails.STEPS
STEP_COLUMNS = ("kind", "category", "gap", "price", "basket")
"""A step: the kind's index plus one (0: there was none), the category (0: none or unknown), the codes of gap and
price as in the trail, and whether the basket held something after it."""

NO_STANDING = ShopperStanding()
_MOST_DAYS, _MOST_SCORE = 36_500, 3.0


@dataclass(frozen=True)
class Words:
    """What a model knows by name: categories and segments, each once, in an order that stays."""

    categories: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    _categories: dict[str, int] = field(init=False, repr=False, compare=False)
    _segments: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_categories", {name: i + 1 for i, name in enumerate(self.categories)})
        object.__setattr__(self, "_segments", {name: i for i, name in enumerate(self.segments)})

    def category(self, name: str) -> int:
        """From 1; 0 for none and for one that was never met."""
        return self._categories.get(name, 0)

    def segment(self, name: str) -> int:
        """From 0; UNKNOWN for none and for one that was never met."""
        return self._segments.get(name, UNKNOWN)


def aggregates(state: VisitState, standing: ShopperStanding, words: Words) -> list[int]:
    """One whole number for each of AGGREGATES."""
    return [*vector(state), *standing_numbers(standing, words)]


def standing_numbers(standing: ShopperStanding, words: Words) -> tuple[int, int, int, int]:
    """One whole number for each of STANDING; scores beyond 3 either way count as 3, one that is no number as 0."""
    return (
        words.segment(standing.segment),
        _permille(standing.spending),
        _permille(standing.behaviour),
        min(max(standing.tenure_days, 0), _MOST_DAYS),
    )


def _permille(score: float) -> int:
    return round(1000 * min(max(score, -_MOST_SCORE), _MOST_SCORE)) if score == score else 0


def steps(state: VisitState, words: Words) -> NDArray[np.int16]:
    """(STEPS, 5) the last steps, the newest last; rows of 0 stand in front where there were fewer."""
    raw = state.trail.rjust(STEPS * trails.STEP_BYTES, b"\0")
    trail = np.frombuffer(raw, dtype=np.uint8).reshape(1, STEPS, trails.STEP_BYTES)
    length = np.array([len(state.trail) // trails.STEP_BYTES])
    return unpacked(trail, places(state, words)[None], length)[0]


def places(state: VisitState, words: Words) -> NDArray[np.int16]:
    """(16,) the category of each place that a trail may name."""
    known = np.zeros(trails.NO_PLACE + 1, dtype=np.int16)
    for place, count in enumerate(state.categories):
        known[place] = words.category(count.category)
    return known


def unpacked(
    trail: NDArray[np.uint8], known: NDArray[np.int16], lengths: NDArray[np.int64]
) -> NDArray[np.int16]:
    """(n, STEPS, 5) from trails (n, STEPS, 3) filled up in front, their places (n, 16) and true lengths (n,)."""
    found = np.empty((len(trail), STEPS, len(STEP_COLUMNS)), dtype=np.int16)
    found[:, :, 0] = (trail[:, :, 0] & trails.KIND) + np.int16(1)
    found[:, :, 1] = np.take_along_axis(known, (trail[:, :, 0] >> 4).astype(np.int64), axis=1)
    found[:, :, 2] = trail[:, :, 1]
    found[:, :, 3] = trail[:, :, 2] & (trails.FULL - 1)
    found[:, :, 4] = trail[:, :, 2] >= trails.FULL
    found[np.arange(STEPS) < STEPS - lengths[:, None]] = 0
    return found
