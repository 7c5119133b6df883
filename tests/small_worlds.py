"""Many small malls walked at once: each has its own seed and shoppers, and they share the clicks of a day.

A world's visits are a hash of its seed, so that walking together changes nothing: tests/engine/simulate compares
one of them with the same mall walked alone, and the vectorised slice with that of engine.simulate.history.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from engine.contracts import DEPTHS, Terms
from engine.simulate.chance import draws
from engine.simulate.history import POINTS
from engine.simulate.mall import days, laws
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.shoppers import Shoppers
from engine.simulate.mall.visits import Batch
from engine.simulate.mall.walk import Ends, Offers, walk

ARMS = len(DEPTHS) + 1
TERMS = Terms()


class Slice:
    """The uniform-random slice of engine.simulate.history, without its features: at the same decision points the
    same arms on the same categories. `turned` says which arm is shown where the slice's own would have been."""

    def __init__(self, turned: Callable[[np.ndarray], np.ndarray] | None = None) -> None:
        self._turned = turned

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch, clicks) -> Offers | None:
        if clicks.step == 0:
            self._begin(batch)
        at = batch.row
        self._count(at, clicks)
        number = clicks.step + 1
        acts = np.isin(clicks.kind, (laws.ADD, laws.CART, laws.EXIT, laws.IDLE)) | (number % TERMS.every == 0)
        here = np.flatnonzero(acts & (self._points[at] > 0)) if number >= TERMS.first_event else at[:0]
        self._points[at[here]] -= 1
        due = here[(self._points[at[here]] == 0) & (self._views[at[here]].max(axis=1) > 0)]
        if not len(due):
            return None
        drawn = draws.uniform(draws.words(batch.base[due], 0, draws.RANDOM_ARM))
        arm = (drawn * ARMS).astype(np.int64)
        arm = arm if self._turned is None else self._turned(arm)
        rank = np.where(self._views[at[due]] > 0, self._views[at[due]] * 100 + self._seen[at[due]], -1)
        category = rank.argmax(axis=1)
        self.decided[at[due]], self.arm[at[due]], self.category[at[due]] = True, arm, category
        self.lines[at[due]] = batch.lines[due]
        shown = np.flatnonzero(arm)
        return Offers(due[shown], arm[shown], category[shown])

    def _begin(self, batch) -> None:
        n = len(batch)
        self._points = 1 + draws.bits(draws.words(batch.base, 0, draws.WHICH_POINT), 0, 20) % POINTS
        self._views, self._seen = np.zeros((2, n, 8), dtype=np.int64)
        self.decided = np.zeros(n, dtype=bool)
        self.arm, self.category, self.lines = np.zeros((3, n), dtype=np.int64)

    def _count(self, at, clicks) -> None:
        named = np.flatnonzero(clicks.category >= 0)
        place = (at[named], clicks.category[named])
        looks = np.isin(clicks.kind[named], (laws.CATEGORY_VIEW, laws.VIEW, laws.SEARCH))
        np.add.at(self._views, place, looks)
        self._seen[place] = clicks.step + 1


@dataclass(frozen=True)
class Decided:
    """The decisions of many worlds, and what would have come of them with the other arm that was asked for."""

    world: np.ndarray
    arm: np.ndarray
    lines: np.ndarray  # in the basket at the decision
    bought: np.ndarray
    value: np.ndarray  # contribution before the coupon's cost
    cost: np.ndarray
    other_bought: np.ndarray
    other_value: np.ndarray
    other_cost: np.ndarray

    def of(self, world: int) -> "Decided":
        """Those of one world."""
        rows = self.world == world
        return Decided(*(getattr(self, f.name)[rows] for f in fields(self)))


class Worlds:
    """`number` malls that differ in their seed alone."""

    def __init__(self, number: int, settings: WorldSettings) -> None:
        first = days.open_mall(settings)
        self.malls = [first]
        for seed in range(settings.seed + 1, settings.seed + number):
            own = replace(settings, seed=seed)
            self.malls.append(days.open_mall(own))
        every = [mall.world.shoppers for mall in self.malls]
        who = Shoppers(*(np.concatenate([getattr(w, f.name) for w in every]) for f in fields(Shoppers)))
        self.world = replace(first.world, shoppers=who)
        self.margins, self.number, self.settings = first.margins, number, settings

    def coming(self, day: int) -> tuple[Batch, np.ndarray]:
        """The visits of a day in all worlds, and the world of each."""
        parts = [days.coming(mall, day) for mall in self.malls]
        for number, part in enumerate(parts):
            part.shopper = part.shopper + number * self.settings.shoppers
        whole = Batch(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Batch)))
        whole.row = np.arange(len(whole))
        return whole, np.repeat(np.arange(self.number), [len(part) for part in parts])

    def close(self, day: int, ends: Ends, world: np.ndarray) -> None:
        borders = np.searchsorted(world, np.arange(self.number + 1))
        for number, mall in enumerate(self.malls):
            rows = slice(borders[number], borders[number + 1])
            own = Ends(*(getattr(ends, f.name)[rows] for f in fields(Ends)))
            days.close(mall, day, replace(own, shopper=own.shopper - number * self.settings.shoppers))

    def run(self) -> Iterator[tuple[np.ndarray, Ends, Slice]]:
        """Day after day with the random slice at work: the world of each visit, its end, what was decided."""
        for day in range(self.settings.days):
            batch, world = self.coming(day)
            watch = Slice()
            ends = walk(self.world, batch, margins=self.margins, watch=watch)
            yield world, ends, watch
            self.close(day, ends, world)


def decide(worlds: Worlds, other: Callable[[np.ndarray], np.ndarray] | None = None) -> Decided:
    """All decisions of the random slice. With `other`, which makes other arms of the arms shown, each visit is
    walked a second time with that one at the same moment, by the same draws: what would have been."""
    made = []
    for day, (world, ends, watch) in enumerate(worlds.run()):
        here = watch.decided
        would = ends if other is None else _would(worlds, day, other)
        made.append(
            (
                world[here], watch.arm[here], watch.lines[here], ends.bought[here],
                ends.contribution_minor[here], ends.cost_minor[here],
                would.bought[here], would.contribution_minor[here], would.cost_minor[here],
            )
        )  # fmt: skip
    return Decided(*(np.concatenate(column) for column in zip(*made, strict=True)))


def _would(worlds: Worlds, day: int, other: Callable[[np.ndarray], np.ndarray]) -> Ends:
    batch, _ = worlds.coming(day)
    return walk(worlds.world, batch, margins=worlds.margins, watch=Slice(other))
