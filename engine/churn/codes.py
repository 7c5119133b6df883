"""Steps as nets read them: the five codes of a step, and whether it stayed in its category. Web-safe."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine import trail as trails
from engine.churn.columns import STEP_COLUMNS, Words
from engine.contracts import CategoryCount, VisitState

UNSAID, STAYED, TURNED = range(3)
"""A step names no category or is the first that names one, it names that of the one before, or another."""

CODES = len(STEP_COLUMNS) + 1
Code = tuple[int, ...]


def with_turns(steps: NDArray[np.int16]) -> NDArray[np.int16]:
    """(n, S, 5) -> (n, S, 6): each step with its turn behind it."""
    category = steps[:, :, 1]
    named = category > 0
    place = np.maximum.accumulate(np.where(named, np.arange(steps.shape[1]), -1), axis=1)
    before = np.concatenate([np.full((len(place), 1), -1), place[:, :-1]], axis=1)
    last = np.take_along_axis(category, np.maximum(before, 0), axis=1)
    turn = np.where(named & (before >= 0), np.where(category == last, STAYED, TURNED), UNSAID)
    return np.concatenate([steps, turn[:, :, None].astype(np.int16)], axis=2)


def newest(state: VisitState, words: Words, count: int = trails.STEPS) -> list[Code]:
    """The newest `count` steps of a visit, fewer where it had fewer; one step of nothing where it had none."""
    trail = state.trail
    if not trail:
        return [(0,) * CODES]
    known = _places(state.categories, words)
    size = trails.STEP_BYTES
    start = max(len(trail) - count * size, 0)
    last = _named_before(trail, start, known)
    rows: list[Code] = []
    for at in range(start, len(trail), size):
        first, gap, price = trail[at : at + size]
        category = known[first >> 4]
        turn = UNSAID
        if category:
            turn = UNSAID if not last else STAYED if category == last else TURNED
            last = category
        full = price >> 7
        rows.append(((first & trails.KIND) + 1, category, gap, price & (trails.FULL - 1), full, turn))
    return rows


def _places(categories: tuple[CategoryCount, ...], words: Words) -> Sequence[int]:
    """What each place of a trail is called."""
    found = [words.category(one[0]) for one in categories]
    return found + [0] * (trails.NO_PLACE + 1 - len(found))


def _named_before(trail: bytes, start: int, known: Sequence[int]) -> int:
    """The category that was named last before the step at `start`, 0 where none was."""
    for at in range(start - trails.STEP_BYTES, -1, -trails.STEP_BYTES):
        if known[trail[at] >> 4]:
            return known[trail[at] >> 4]
    return 0
