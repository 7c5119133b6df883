"""Rows of windows on their way into a net: one prefix of each visit, in batches of about equal lengths."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from engine.churn import codes, scaling
from engine.churn.nets.layers import GAPS, PRICES, Batch
from engine.churn.windows import Windows
from engine.contracts import KINDS

MOST, LEAST, PART = 256, 16, 40
"""A batch has so many rows at most and at least, and between them one of PART."""

_SORTED_TOGETHER = 16  # batches: within so many the rows are sorted by their length, to pad little

Ints = NDArray[np.int64]


class Rows:
    """What a net needs of `windows`, made once."""

    def __init__(self, windows: Windows) -> None:
        words = windows.words
        self.logs = scaling.logs(windows.aggregates)
        self.places = scaling.places(windows.aggregates, len(words.segments))
        self.steps = codes.with_turns(_within(windows.steps, len(words.categories)))
        self.length = np.maximum((self.steps[:, :, 0] > 0).sum(axis=1), 1)  # nothing is one step of nothing
        self.churned = 1.0 - windows.bought.astype(np.float32)
        self.leaves = windows.leaves.astype(np.float32)
        self.next_category = windows.next_category.astype(np.int64)
        self.weight = windows.weight.astype(np.float32)
        _, visit, counts = np.unique(windows.visit, return_inverse=True, return_counts=True)
        self.visit = visit.astype(np.int64)
        self.drawn_for = counts[visit].astype(np.float32)  # a drawn row stands for all rows of its visit

    def __len__(self) -> int:
        return len(self.logs)

    def batch(self, rows: Ints) -> Batch:
        """These rows, as long as the longest of them."""
        length = self.length[rows]
        longest = int(length.max(initial=1))
        steps = self.steps[rows, -longest:]
        turned = (np.arange(longest)[None, :] + longest - length[:, None]) % longest
        steps = np.take_along_axis(steps, turned[..., None], axis=1)  # what was at the end begins at 0
        return Batch(
            torch.from_numpy(steps.astype(np.int64)),
            torch.from_numpy(length),
            torch.from_numpy(self.logs[rows]),
            torch.from_numpy(self.places[rows]),
        )


def _within(steps: NDArray[np.int16], categories: int) -> NDArray[np.int16]:
    """Steps whose codes all have a row; a category beyond those known is none."""
    limits = np.array([len(KINDS), categories, GAPS - 1, PRICES - 1, 1], dtype=np.int16)
    kept = np.minimum(np.maximum(steps, 0), limits)
    kept[:, :, 1] = np.where(steps[:, :, 1] > categories, 0, kept[:, :, 1])
    return kept


def one_of_each_visit(visit: Ints, chance: np.random.Generator) -> Ints:
    """One row of each visit, drawn; all rows of a visit have the same chance."""
    drawn = chance.permutation(len(visit))
    return np.sort(drawn[np.unique(visit[drawn], return_index=True)[1]])


def batches(rows: Ints, length: Ints, chance: np.random.Generator) -> list[Ints]:
    """All rows, in random batches whose rows are about equally long."""
    rows = chance.permutation(rows)
    size = min(max(len(rows) // PART, LEAST), MOST)
    found: list[Ints] = []
    for start in range(0, len(rows), size * _SORTED_TOGETHER):
        some = rows[start : start + size * _SORTED_TOGETHER]
        some = some[np.argsort(length[some], kind="stable")]
        found += [some[at : at + size] for at in range(0, len(some), size)]
    return [found[place] for place in chance.permutation(len(found))]


def in_order(length: Ints, size: int = 2_048) -> Iterator[Ints]:
    """Every row once, the shortest first."""
    order = np.argsort(length, kind="stable")
    for start in range(0, len(length), size):
        yield order[start : start + size]
