"""What can be observed of visits without coupons, click by click."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall import days, laws
from engine.simulate.mall.catalogue import TIERS, Catalogue
from engine.simulate.mall.columns import Flags, Int8s
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.walk import Ends, Trail, walk

NONE = -1
UNSAID, STAYED, TURNED = range(3)
"""What a click says of the category: nothing (the first one says nothing either), the same, another one."""


@dataclass(frozen=True, slots=True)
class Observations:
    """n visits of at most w clicks. What a visit did not reach is NONE."""

    visit: Ints  # (n,) its number; a shopper's later visits have higher ones
    shopper: Ints  # (n,)
    carried: Floats  # (n,) what the day and earlier purchases add to the logarithm of the purchase hazard
    clicks: Ints  # (n,) how many there were, 1 to w
    bought: Flags  # (n,) whether the last of them was followed by a purchase
    kind: Int8s  # (n, w) index in engine.contracts.KINDS
    gap: Int8s  # (n, w) bin of the time since the click before (between laws.GAP_BORDERS), NONE at the first
    turn: Int8s  # (n, w) UNSAID, STAYED or TURNED
    group: Int8s  # (n, w) category * TIERS + tier of a product chosen there, else NONE
    lines: Int8s  # (n, w) of the basket after the click, 0 to 3

    def __len__(self) -> int:
        return len(self.visit)

    def take(self, rows: Ints | Flags) -> "Observations":
        """The visits with these numbers or flags."""
        return Observations(*(getattr(self, name)[rows] for name in _COLUMNS))

    def first(self, kind: int) -> Ints:
        """(n,) the number, from 1, of each visit's first click of this kind; 0 where there is none."""
        if not self.kind.shape[1]:
            return np.zeros(len(self), dtype=np.int64)
        is_it = self.kind == kind
        return np.where(is_it.any(axis=1), is_it.argmax(axis=1) + 1, 0)


_COLUMNS = tuple(field.name for field in fields(Observations))


def join(parts: Sequence[Observations]) -> Observations:
    """The visits of all parts, in their order. At least one part."""
    width = max(part.kind.shape[1] for part in parts)
    return Observations(
        *(np.concatenate([_widened(getattr(p, name), width) for p in parts]) for name in _COLUMNS)
    )


def _widened(column: NDArray[Any], width: int) -> NDArray[Any]:
    if column.ndim == 1:
        return column
    return np.pad(column, ((0, 0), (0, width - column.shape[1])), constant_values=NONE)


def observed(trails: Sequence[Trail], ends: Ends, *, carried: Floats, goods: Catalogue) -> Observations:
    """What could be seen of visits that were walked together: all of their clicks and their ends.

    `carried` (n,) goes with `ends`: what `days.carried` said of these shoppers before the visits began.
    Raises ValueError where a coupon was shown.
    """
    if (ends.arm > 0).any():
        raise ValueError("The Bayes filter speaks of visits without coupons; one was shown in these.")
    notes = _Notes(len(ends.row), len(trails))
    for trail in trails:
        notes.add(np.searchsorted(ends.row, trail.row), trail, goods)
    return Observations(
        ends.visit, ends.shopper, carried, ends.step + 1, ends.bought,
        notes.kind, notes.gap, notes.turn, notes.group, notes.lines,
    )  # fmt: skip


def untreated(settings: WorldSettings) -> Iterator[Observations]:
    """The visits of each day of a mall in which nobody gets a coupon."""
    mall = days.open_mall(settings)
    for day in range(settings.days):
        batch = days.coming(mall, day)
        carried = days.carried(mall, batch.shopper, day)
        trails: list[Trail] = []
        ends = walk(mall.world, batch, margins=mall.margins, trails=trails)
        days.close(mall, day, ends)
        yield observed(trails, ends, carried=carried, goods=mall.world.catalogue)


class _Notes:
    """The table of clicks as it fills, and what must be remembered from one click to the next."""

    def __init__(self, visits: int, width: int) -> None:
        shape = (visits, width)
        self.kind, self.gap, self.turn, self.group, self.lines = (
            np.full(shape, NONE, dtype=np.int8) for _ in range(5)
        )
        self._at_ms, self._category = np.zeros(visits, dtype=np.int64), np.full(visits, NONE, dtype=np.int64)
        self._held = np.zeros(visits, dtype=np.int64)
        self._has_seen = np.zeros(visits, dtype=np.bool_)  # a product

    def add(self, rows: Ints, trail: Trail, goods: Catalogue) -> None:
        """The next click of these visits."""
        step, kind = trail.clicks.step, trail.clicks.kind
        self.kind[rows, step] = kind
        if step > 0:
            gap = trail.at_ms - self._at_ms[rows]
            self.gap[rows, step] = np.searchsorted(laws.GAP_BORDERS, gap, side="right") - 1
        self._at_ms[rows] = trail.at_ms
        chooses = (kind == laws.VIEW) | ((kind == laws.ADD) & ~self._has_seen[rows])
        self._look(rows, chooses | (kind == laws.CATEGORY_VIEW) | (kind == laws.SEARCH), trail)
        product = trail.clicks.product[chooses]
        group = goods.category[product].astype(np.int64) * TIERS + goods.tier[product]
        self.group[rows[chooses], step] = group
        self._has_seen[rows[chooses]] = True
        self._held[rows] += (kind == laws.ADD).astype(np.int64) - (kind == laws.REMOVE)
        self.lines[rows, step] = self._held[rows]

    def _look(self, rows: Ints, looks: Flags, trail: Trail) -> None:
        before, now = self._category[rows], trail.clicks.category
        known = looks & (before >= 0)
        self.turn[rows, trail.clicks.step] = np.where(known, np.where(now == before, STAYED, TURNED), UNSAID)
        self._category[rows[looks]] = now[looks]
