"""Every arm's outcome at every decision point: what only a simulated mall can know.

At a decision point of an untreated visit the visit is continued once per arm, each time with the same draws, so
that arms differ by what the coupon does and by nothing else.
"""

from collections.abc import Generator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contracts import DEPTHS, Progress, Terms
from engine.features import most_viewed, vector
from engine.policy.moments import is_decision_point
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.folding import Folder, category_numbers
from engine.simulate.mall import days, visits
from engine.simulate.mall.days import Mall, WorldSettings, open_mall
from engine.simulate.mall.visits import Batch, Clicks
from engine.simulate.mall.walk import Ends, Offers, expect, walk, walk_on

ARMS = len(DEPTHS) + 1
LATENTS = (
    "type", "level", "phase", "intent", "sensitivity", "friction", "is_mission", "is_here", "is_in_basket",
    "basket_fitting_minor",
)  # fmt: skip
"""What the latent yardstick knows beyond the features: the shopper's parameters, never her shocks."""


@dataclass(frozen=True, slots=True)
class Points:
    """n decision points, in the order of day, visit and click; A = 5 arms."""

    day: Ints
    row: Ints  # of the visit in its day
    step: Ints
    category: Ints  # offered in every arm: the one viewed most
    features: Ints  # (n, len(FEATURES))
    latents: Floats  # (n, len(LATENTS))
    bought: Floats  # (n, A) 0 or 1, or the chance of it
    contribution_minor: Floats  # (n, A) before the coupon's cost
    cost_minor: Floats  # (n, A)

    def __len__(self) -> int:
        return len(self.day)

    @property
    def net_minor(self) -> Floats:
        return self.contribution_minor - self.cost_minor

    def take(self, rows: Ints) -> "Points":
        return Points(*(getattr(self, field.name)[rows] for field in fields(self)))


class _Brancher:
    """Looks on, offers nothing, and keeps each decision point as it stood."""

    def __init__(self, mall: Mall, terms: Terms) -> None:
        self._mall, self._terms = mall, terms
        self._folder = Folder(mall.world.catalogue, seed=mall.settings.seed)
        self.stood: dict[int, Batch] = {}
        self.parts: list[tuple[Ints, Ints, Ints, Ints, Floats]] = []

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        self._folder.see(batch, clicks)
        states = self._folder.states(batch.row)
        pairs = [
            (row, state)
            for row, state in enumerate(states)
            if is_decision_point(state, self._terms) and most_viewed(state)
        ]
        if pairs:
            rows = np.array([row for row, _ in pairs], dtype=np.int64)
            goods = self._mall.world.catalogue
            category = category_numbers(goods, [most_viewed(state) for _, state in pairs])
            features = np.array([vector(state) for _, state in pairs], dtype=np.int64)
            latent = latents(self._mall, batch, rows, category)
            step = np.full(len(rows), clicks.step, dtype=np.int64)
            self.parts.append((batch.row[rows], step, category, features, latent))
            self.stood[clicks.step] = batch.take(rows)
        return None


def latents(mall: Mall, batch: Batch, rows: Ints, category: Ints) -> Floats:
    """(n, len(LATENTS)) of these rows for a coupon on `category`."""
    who, goods = mall.world.shoppers, mall.world.catalogue
    shopper, held = batch.shopper[rows], batch.line_product[rows]
    fits = (held >= 0) & (goods.category[held] == category[:, None])
    worth = np.where(fits, goods.price_minor[held] * batch.line_quantity[rows], 0).sum(axis=1)
    columns = (
        batch.type_[rows], batch.level[rows], batch.phase[rows], batch.intent[rows],
        who.sensitivity[shopper, category], who.friction[shopper], batch.mission[rows] == category,
        batch.category[rows] == category, fits.any(axis=1), worth,
    )  # fmt: skip
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def of_day(mall: Mall, day: int, *, terms: Terms, drawn: bool = False) -> tuple[Points | None, Ends]:
    """The decision points of one day with every arm's outcome (None where there are none), and how the day
    ends without coupons. With `drawn` the outcomes are those of the visits' own draws, as the clairvoyant
    knows them; without, they are expected over who buys and leaves when, which learners learn faster."""
    watch = _Brancher(mall, terms)
    ends = walk(mall.world, days.coming(mall, day), margins=mall.margins, watch=watch)
    if not watch.parts:
        return None, ends
    row, step, category, features, latent = (
        np.concatenate([part[place] for part in watch.parts]) for place in range(5)
    )
    n = len(row)
    starts, first = {}, 0
    for at, stood in watch.stood.items():
        numbers = np.arange(first, first + len(stood))
        starts[at] = _arms(mall, stood, numbers, category[numbers], at)
        first += len(stood)
    # Rows of the outcomes are number * ARMS + arm.
    outcome = (walk_on if drawn else expect)(mall.world, starts, margins=mall.margins)
    points = Points(
        np.full(n, day, dtype=np.int64), row, step, category, features, latent,
        *(_by_arm(column, n) for column in (outcome.bought, outcome.contribution_minor, outcome.cost_minor)),
    )  # fmt: skip
    return points.take(np.lexsort((step, row))), ends


def _by_arm(column: NDArray[Any], n: int) -> Floats:
    return column.reshape(n, ARMS).astype(np.float64)


def _arms(mall: Mall, stood: Batch, numbers: Ints, category: Ints, step: int) -> Batch:
    """Each row once per arm, with that arm's coupon in hand; `row` becomes number * ARMS + arm."""
    copies = stood.take(np.repeat(np.arange(len(stood)), ARMS))
    arm = np.tile(np.arange(ARMS), len(stood))
    copies.row = np.repeat(numbers, ARMS) * ARMS + arm
    treated = np.flatnonzero(arm)
    visits.offer(
        mall.world, copies, treated, arm=arm[treated], category=np.repeat(category, ARMS)[treated], step=step
    )
    return copies


def collect(settings: WorldSettings, *, terms: Terms, most: int) -> Generator[Progress, None, Points]:
    """The first decision points of an untreated mall, whole days until there are `most`. ValueError for none."""
    mall, parts, found = open_mall(settings), [], 0
    for day in range(settings.days):
        points, ends = of_day(mall, day, terms=terms)
        days.close(mall, day, ends)
        if points is not None:
            parts.append(points)
            found += len(points)
        yield Progress("Every arm's outcome", min(found, most), most)
        if found >= most:
            break
    if not parts:
        raise ValueError("Nobody came to a decision point; the mall is too small.")
    return Points(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Points)))
