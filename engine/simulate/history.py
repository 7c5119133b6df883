"""A mall's past as it would lie in its logs: a legacy rule that chose whom it treated, and a random slice.

The legacy rule gives its coupon to those who were about to buy anyway, as such rules do, so that a plain
comparison of treated and untreated visits is wrong by far. In the random slice every arm has the same chance;
there the truth can be read. Each visit has at most one decision, at a decision point drawn ahead.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contracts import DEPTHS, Terms, VisitState
from engine.features import FEATURES, most_viewed, vector
from engine.policy.moments import is_decision_point
from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.folding import Folder, category_numbers
from engine.simulate.mall import log, shoppers
from engine.simulate.mall.catalogue import CATEGORIES
from engine.simulate.mall.columns import Day, DecisionColumns
from engine.simulate.mall.days import Mall, WorldSettings, open_mall, run
from engine.simulate.mall.visits import Batch, Clicks
from engine.simulate.mall.walk import Ends, Offers

RANDOM_SHARE = 0.10  # of the visits
LEGACY_ARM = DEPTHS.index(0.10) + 1
LEGACY_WITH_BASKET, LEGACY_WITHOUT = 0.65, 0.03  # chance of the legacy rule's coupon
POINTS = 4  # the decision falls on the first to fourth decision point
ARMS = len(DEPTHS) + 1
_PPM = 1_000_000

__all__ = ["WorldSettings", "days", "demographics", "truth"]


class Legacy:
    """The rule of the past and its random slice; writes down each decision with its chance."""

    def __init__(self, mall: Mall, *, random_share: float = RANDOM_SHARE, arms: tuple[int, ...] = ()) -> None:
        self._mall, self._share = mall, random_share
        self._arms = np.array(arms or range(ARMS), dtype=np.int64)
        self._folder = Folder(mall.world.catalogue, seed=mall.settings.seed)
        self._terms = Terms()
        self._points: Ints = np.zeros(0, dtype=np.int64)  # by row: decision points still to pass
        self._made: list[dict[str, NDArray[Any]]] = []

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        if clicks.step == 0:
            self._points = 1 + draws.bits(draws.words(batch.base, 0, draws.WHICH_POINT), 0, 20) % POINTS
            self._made = []
        waiting = self._points[batch.row] > 0
        self._folder.see(batch, clicks, only=waiting)
        open_ = np.flatnonzero(waiting)
        states = self._folder.states(batch.row[open_])
        here = [i for i, state in enumerate(states) if is_decision_point(state, self._terms)]
        self._points[batch.row[open_[here]]] -= 1
        due = [i for i in here if not self._points[batch.row[open_[i]]] and most_viewed(states[i])]
        if not due:
            return None
        return self._decide(batch, open_[due], [states[i] for i in due], clicks.step)

    def _decide(self, batch: Batch, rows: Ints, states: list[VisitState], step: int) -> Offers:
        category = category_numbers(self._mall.world.catalogue, [most_viewed(state) for state in states])
        base = batch.base[rows]
        is_random = draws.uniform(draws.words(base, 0, draws.SLICE)) < self._share
        drawn = draws.uniform(draws.words(base, 0, draws.RANDOM_ARM))
        chance = np.where(batch.lines[rows] > 0, LEGACY_WITH_BASKET, LEGACY_WITHOUT)
        treats = draws.uniform(draws.words(base, 0, draws.LEGACY)) < chance
        legacy = np.where(treats, LEGACY_ARM, 0)
        picked = self._arms[(drawn * len(self._arms)).astype(np.int64)]
        arm = np.where(is_random, picked, legacy)
        legacy_chance = np.where(treats, chance, 1.0 - chance)
        propensity = np.where(is_random, 1.0 / len(self._arms), legacy_chance)
        self._made.append(
            {
                "row": batch.row[rows],
                "shopper": batch.shopper[rows],
                "visit": batch.visit[rows],
                "at_ms": batch.at_ms[rows],
                "step": np.full(len(rows), step),
                "arm": arm,
                "category": category,
                "propensity_ppm": np.rint(propensity * _PPM).astype(np.int64),
                "is_random": is_random,
                "features": np.array([vector(state) for state in states], dtype=np.int64),
            }  # fmt: skip
        )
        shown = np.flatnonzero(arm)
        return Offers(rows[shown], arm[shown], category[shown])

    def decisions(self, ends: Ends) -> DecisionColumns:
        """The day's decisions with what came of them; call it when the day's visits have ended."""
        if not self._made:
            return _no_decisions()
        made = {name: np.concatenate([part[name] for part in self._made]) for name in self._made[0]}
        row = made.pop("row").astype(np.int64)
        kinds = {"shopper": np.int32, "step": np.int32, "arm": np.int8, "category": np.int8}
        return DecisionColumns(
            **{name: column.astype(kinds.get(name, column.dtype)) for name, column in made.items()},
            bought=ends.bought[row],
            value_minor=ends.contribution_minor[row],
            cost_minor=ends.cost_minor[row],
        )


def _no_decisions() -> DecisionColumns:
    none, flags = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    small, middle = none.astype(np.int8), none.astype(np.int32)
    features = np.zeros((0, len(FEATURES)), dtype=np.int64)
    return DecisionColumns(middle, none, none, middle, small, small, none, flags, flags, none, none, features)


def days(settings: WorldSettings) -> Iterator[Day]:
    """The logs of the mall, day by day, with the legacy rule and the random slice at work."""
    mall = open_mall(settings)
    legacy = Legacy(mall)
    for day, ends, trails in run(mall, watch=legacy, keep=True):
        yield Day(day, log.events(mall, day, trails, ends), log.lines(mall, ends), legacy.decisions(ends))


def truth(settings: WorldSettings) -> Mapping[str, Ints]:
    """The latent traits by shopper number, in millionths where they are no whole numbers. Not for learners."""
    who = shoppers.make(settings.shoppers, days=settings.days, seed=settings.seed)
    columns: dict[str, Ints] = {"type": who.type_, "deal_level": who.level, "first_day": who.first_day}
    for name, values in (("intent", who.intent), ("friction", who.friction), ("visit_rate", who.rate)):
        columns[f"{name}_ppm"] = _millionths(values)
    for place, category in enumerate(CATEGORIES):
        word = category.lower().replace(" & ", "_")
        columns[f"sensitivity_{word}_ppm"] = _millionths(who.sensitivity[:, place])
        columns[f"utility_{word}_ppm"] = _millionths(who.utilities[:, place])
    return columns


def _millionths(values: Floats) -> Ints:
    return np.rint(values * _PPM).astype(np.int64)


def demographics(settings: WorldSettings) -> Mapping[str, Ints]:
    """By shopper number: `is_woman`, `age` in years, `payment` (index in the catalogue's payments)."""
    who = shoppers.make(settings.shoppers, days=settings.days, seed=settings.seed)
    return {
        "is_woman": who.is_woman.astype(np.int64),
        "age": who.age,
        "payment": who.payment.astype(np.int64),
    }
