"""Chances of a few outcomes as tables of 4,096 equal slots: a draw is one look-up, its chance is exact."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.simulate.chance.draws import Floats, Ints

BITS = 12
SLOTS = 1 << BITS


class Choices:
    """Rows of outcome tables. `chances` has shape (..., outcomes) and sums to one, in whole slots."""

    __slots__ = ("_table", "chances")

    def __init__(self, weights: Floats) -> None:
        """Weights >= 0 of shape (..., outcomes), each row with a positive sum; rounded to whole slots."""
        rows = weights.reshape(-1, weights.shape[-1])
        counts = np.array([_slots(row) for row in rows.tolist()])
        outcomes = np.arange(weights.shape[-1], dtype=np.int8)
        self._table: NDArray[np.int8] = np.concatenate([np.repeat(outcomes, row) for row in counts])
        self.chances: Floats = (counts / SLOTS).reshape(weights.shape)

    def pick(self, row: Ints, slot: Ints) -> NDArray[np.int8]:
        """The outcome of each (row number, slot in 0..4095)."""
        return self._table[row * SLOTS + slot]


def _slots(weights: Sequence[float]) -> list[int]:
    """Largest remainders: whole slots that sum to SLOTS; a positive weight keeps at least one slot."""
    total = sum(weights)
    exact = [w / total * SLOTS for w in weights]
    whole = [max(int(x), 1 if x > 0 else 0) for x in exact]
    order = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], i))
    for i in order[: max(0, SLOTS - sum(whole))]:
        whole[i] += 1
    whole[max(range(len(whole)), key=lambda i: (whole[i], -i))] -= sum(whole) - SLOTS
    return whole
