"""The worlds that policies learn from; none of them is one in which they are compared."""

from collections.abc import Generator
from dataclasses import dataclass, fields, replace

import numpy as np

from engine.contracts import DEPTHS, Progress, RehearsalSettings
from engine.simulate.chance import draws
from engine.simulate.history import Legacy
from engine.simulate.mall import days
from engine.simulate.mall.columns import DecisionColumns
from engine.simulate.mall.days import WorldSettings, open_mall
from engine.simulate.rehearsal.branches import Points, collect
from engine.simulate.rehearsal.inloop import terms_of

SLICE, POINTS, CHECK = GROUNDS = ("slice", "points", "check")
"""A mall in which chance alone decides; decision points with every arm's outcome to learn from; more of them, on
which thresholds are set."""

SHOPPERS = {SLICE: 30_000, POINTS: 20_000, CHECK: 20_000}  # with all training points
DAYS, FULL_POINTS, CHECK_SHARE = 60, 200_000, 0.5
SMALLEST = 400  # shoppers


@dataclass(frozen=True, slots=True)
class Check:
    """Points on which thresholds are set, and how many shopper-days they took."""

    points: Points
    shopper_days: int


Ground = DecisionColumns | Points | Check


def arm_of(settings: RehearsalSettings) -> int:
    """The arm of the fixed baselines' coupon."""
    return DEPTHS.index(settings.depth) + 1


def ground(settings: RehearsalSettings, name: str) -> Generator[Progress, None, Ground]:
    """One of GROUNDS. ValueError where nobody comes to a decision point."""
    share = settings.training_points / FULL_POINTS
    world = WorldSettings(
        max(SMALLEST, round(SHOPPERS[name] * share)),
        DAYS,
        draws.seed_word(settings.first_seed, name) >> 1,
        margin_scale=settings.margin_scale,
    )
    if name == SLICE:
        return (yield from _random_slice(world, arm=arm_of(settings)))
    terms = terms_of(open_mall(replace(world, shoppers=1)))
    if name == POINTS:
        return (yield from collect(world, terms=terms, most=settings.training_points))
    points = yield from collect(world, terms=terms, most=round(settings.training_points * CHECK_SHARE))
    return Check(points, world.shoppers * (int(points.day.max()) + 1))


def _random_slice(world: WorldSettings, *, arm: int) -> Generator[Progress, None, DecisionColumns]:
    """Decisions of a mall in which chance alone chose between no coupon and the standard one."""
    mall = open_mall(world)
    watch = Legacy(mall, random_share=1.0, arms=(0, arm))
    parts = []
    for day, ends, _ in days.run(mall, watch=watch):
        parts.append(watch.decisions(ends))
        yield Progress("The random slice", day + 1, world.days)
    names = [field.name for field in fields(DecisionColumns)]
    return DecisionColumns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
