"""The two runs that a calibration looks at: a world without coupons, and the same with one for everybody."""

from collections.abc import Generator
from dataclasses import dataclass, fields

import numpy as np

from engine.contracts import DEPTHS, NO_COUPON, Progress, Terms
from engine.features import FEATURES, most_viewed, vector
from engine.policy.moments import is_decision_point
from engine.simulate import bayes
from engine.simulate.bayes import Observations
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.folding import Folder, category_numbers
from engine.simulate.mall import days, laws
from engine.simulate.mall.days import Mall, WorldSettings, open_mall
from engine.simulate.mall.visits import NONE, Batch, Clicks, Flags, offer
from engine.simulate.mall.walk import Ends, Offers, Trail, expect, walk

AT = 5  # clicks after which purchases are predicted
ARM = DEPTHS.index(0.10) + 1
_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Walked:
    """All visits of a run, in the order of day and shopper."""

    mall: Mall
    ends: Ends  # of all days together; `row` counts within each day
    added: Floats  # (n,) 0 or 1: something was put into the basket
    events: int


@dataclass(frozen=True, slots=True)
class Early:
    """The visits that went on after AT clicks, and what could be seen of them."""

    place: Ints  # among all visits
    features: Ints  # (visits, len(FEATURES)) after AT clicks
    seen: Observations


@dataclass(frozen=True, slots=True)
class Effect:
    """What a coupon does to each visit that comes to a decision point: expected with it less without it."""

    shopper: Ints
    bought: Floats
    contribution_minor: Floats  # at the catalogue's margins
    cost_minor: Floats


def bare(settings: WorldSettings) -> Generator[Progress, None, tuple[Walked, Early, Effect]]:
    """The world without coupons, what could be seen of its visits, and what a coupon would have done."""
    mall, walked, early, effects = open_mall(settings), _Days(), list[Early](), list[Effect]()
    visits_before = 0
    for day in range(settings.days):
        batch = days.coming(mall, day)
        carried = days.carried(mall, batch.shopper, day)
        look, trails = _First(mall), list[Trail]()
        ends = walk(mall.world, batch, margins=mall.margins, watch=look, trails=trails)
        days.close(mall, day, ends)
        walked.add(ends, trails)
        on = look.rows[ends.step[look.rows] >= AT]
        watched = bayes.observed(trails[: AT + 1], ends, carried=carried, goods=mall.world.catalogue)
        early.append(Early(visits_before + on, look.features_of(on), watched.take(on)))
        effects.append(look.effect())
        visits_before += len(ends.row)
        yield Progress("Without coupons", day + 1, settings.days)
    joined = Early(
        np.concatenate([part.place for part in early]),
        np.concatenate([part.features for part in early]),
        bayes.join([part.seen for part in early]),
    )
    names = [field.name for field in fields(Effect)]
    effect = Effect(*(np.concatenate([getattr(part, name) for part in effects]) for name in names))
    return walked.together(mall), joined, effect


def treated(settings: WorldSettings) -> Generator[Progress, None, Walked]:
    """The same world with a 10 % coupon for every visit at its first decision point."""
    mall, walked = open_mall(settings), _Days()
    everybody = _Everybody(mall)
    for day in range(settings.days):
        trails: list[Trail] = []
        batch = days.coming(mall, day)
        ends = walk(mall.world, batch, margins=mall.margins, watch=everybody, trails=trails)
        days.close(mall, day, ends)
        walked.add(ends, trails)
        yield Progress("A coupon for everybody", day + 1, settings.days)
    return walked.together(mall)


class _Days:
    """Collects the days of a run."""

    def __init__(self) -> None:
        self._ends: list[Ends] = []
        self._added: list[Floats] = []
        self._events = 0

    def add(self, ends: Ends, trails: list[Trail]) -> None:
        added = np.zeros(len(ends.row))
        for trail in trails:
            added[trail.row[trail.clicks.kind == laws.ADD]] = 1.0
        self._ends.append(ends)
        self._added.append(added)
        paid = ends.bought[:, None] & (ends.line_product != NONE)  # a purchase each, and one checkout
        self._events += sum(len(trail.row) for trail in trails) + int(paid.sum()) + int(ends.bought.sum())

    def together(self, mall: Mall) -> Walked:
        names = [field.name for field in fields(Ends)]
        ends = Ends(*(np.concatenate([getattr(part, name) for part in self._ends]) for name in names))
        return Walked(mall, ends, np.concatenate(self._added), self._events)


class _Points:
    """Folds every visit up to its first decision point and says who is there, for which category."""

    def __init__(self, mall: Mall) -> None:
        self.goods = mall.world.catalogue
        self.folder = Folder(self.goods, seed=mall.settings.seed)

    def at(self, batch: Batch, clicks: Clicks, waiting: Flags) -> tuple[Ints, Ints]:
        """Rows of the batch that are at a decision point, of those that wait for one, and categories."""
        self.folder.see(batch, clicks, only=waiting)
        open_ = np.flatnonzero(waiting)
        shown = [
            (row, most_viewed(state))
            for row, state in zip(open_.tolist(), self.folder.states(batch.row[open_]), strict=True)
            if is_decision_point(state, _TERMS) and most_viewed(state)
        ]
        rows = np.array([row for row, _ in shown], dtype=np.int64)
        return rows, category_numbers(self.goods, [name for _, name in shown])


class _First:
    """Looks at a day's visits without coupons: their first clicks, and their first decision points (a Watch)."""

    def __init__(self, mall: Mall) -> None:
        self._mall, self._points = mall, _Points(mall)
        self._waiting: Flags = np.zeros(0, dtype=np.bool_)
        self._stood: dict[int, Batch] = {}
        self._shopper: list[Ints] = []
        self._features: dict[int, tuple[int, ...]] = {}
        self.rows: Ints = np.zeros(0, dtype=np.int64)

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        if clicks.step == 0:
            self._waiting = np.ones(len(batch), dtype=np.bool_)
        follows = self._waiting[batch.row] | (clicks.step < AT)
        rows, category = self._points.at(batch, clicks, follows)
        new = self._waiting[batch.row[rows]]
        rows, category = rows[new], category[new]
        self._waiting[batch.row[rows]] = False
        if len(rows):
            self._stood[clicks.step] = self._both(batch, rows, category, clicks.step)
        if clicks.step == AT - 1:
            self.rows = batch.row
            states = self._points.folder.states(batch.row)
            self._features = {row: vector(s) for row, s in zip(batch.row.tolist(), states, strict=True)}
        return None

    def _both(self, batch: Batch, rows: Ints, category: Ints, step: int) -> Batch:
        """Each row twice, without and with the coupon, numbered so that pairs stand together."""
        both = batch.take(np.repeat(rows, 2))
        known = sum(len(shoppers) for shoppers in self._shopper)
        both.row = 2 * known + np.arange(len(both))
        second = np.arange(1, len(both), 2)
        arm = np.full(len(rows), ARM, dtype=np.int64)
        offer(self._mall.world, both, second, arm=arm, category=category, step=step)
        self._shopper.append(batch.shopper[rows])
        return both

    def features_of(self, rows: Ints) -> Ints:
        found = [self._features[row] for row in rows.tolist()]
        return np.array(found, dtype=np.int64).reshape(len(rows), len(FEATURES))

    def effect(self) -> Effect:
        """Of all visits of the day that came to a decision point."""
        found = expect(self._mall.world, self._stood, margins=self._mall.margins)
        differences = (
            column[1::2] - column[::2]
            for column in (found.bought, found.contribution_minor, found.cost_minor)
        )
        return Effect(np.concatenate([np.zeros(0, dtype=np.int64), *self._shopper]), *differences)


class _Everybody:
    """Offers the standard coupon at the first decision point of every visit (a Watch)."""

    def __init__(self, mall: Mall) -> None:
        self._points = _Points(mall)

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        rows, category = self._points.at(batch, clicks, batch.arm == NO_COUPON)
        return Offers(rows, np.full(len(rows), ARM, dtype=np.int64), category)
