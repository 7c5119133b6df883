"""Walking a batch of visits to their end, with somebody looking on who may show coupons."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall import laws, sales, visits
from engine.simulate.mall.visits import Batch, Clicks, Flags, World


@dataclass(frozen=True, slots=True)
class Offers:
    """Coupons to show: rows of the batch, arms (1 to 4) and categories."""

    rows: Ints
    arm: Ints
    category: Ints


class Watch(Protocol):
    """Somebody who sees each click as it happens."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        """After every click, before it is drawn who buys or leaves there."""
        ...

    def ended(self, ends: "Ends") -> None:
        """After every click at which visits ended."""
        ...


@dataclass(frozen=True, slots=True)
class Ends:
    """How n visits ended, in the order of their `row`. Contribution is before the coupon's cost."""

    row: Ints
    visit: Ints
    shopper: Ints
    step: Ints  # the last click
    at_ms: Ints
    bought: Flags
    total_minor: Ints
    contribution_minor: Ints
    cost_minor: Ints
    redeemed: Flags
    arm: Ints  # of the coupon shown, 0 none
    offered: Ints
    shown: Ints
    line_product: Ints  # (n, 3), NONE where there is no line
    line_quantity: Ints


@dataclass(frozen=True, slots=True)
class Trail:
    """One click of all rows that were there: the columns of its events, and of the visits they belong to."""

    clicks: Clicks
    row: Ints
    visit: Ints
    shopper: Ints
    at_ms: Ints


def walk(
    world: World,
    batch: Batch,
    *,
    margins: Ints,
    watch: Watch | None = None,
    trails: list[Trail] | None = None,
) -> Ends:
    """Every visit to its end. `trails` collects the clicks where somebody wants them."""
    found: list[Ends] = []
    step = 0
    while len(batch):
        clicks = visits.click(world, batch, step)
        if trails is not None:
            trails.append(Trail(clicks, batch.row, batch.visit, batch.shopper, batch.at_ms))
        offers = watch.saw(batch, clicks) if watch is not None else None
        if offers is not None and len(offers.rows):
            visits.offer(world, batch, offers.rows, arm=offers.arm, category=offers.category, step=step)
        before = len(found)
        batch = _end(world, batch, step, margins, found)
        if watch is not None and len(found) > before:
            watch.ended(found[-1])
        step += 1
    return _gathered(found)


def walk_on(world: World, starts: Mapping[int, Batch], *, margins: Ints) -> Ends:
    """Visits that stand after the click of the given number, to their end; nobody looks on.

    The same visit may be among them several times, with other coupons: its draws are the same.
    """
    found: list[Ends] = []
    batch: Batch | None = None
    for step in range(laws.MAX_STEPS):
        if batch is not None and len(batch):
            visits.click(world, batch, step)
        if step in starts:
            batch = starts[step] if batch is None else visits.join(batch, starts[step])
        if batch is not None and len(batch):
            batch = _end(world, batch, step, margins, found)
    return _gathered(found)


@dataclass(frozen=True, slots=True)
class Expected:
    """What n visits bring in expectation over who buys and leaves when, by `row`; money in smallest units."""

    row: Ints
    bought: Floats  # chance of a purchase
    contribution_minor: Floats  # before the coupon's cost
    cost_minor: Floats


def expect(world: World, starts: Mapping[int, Batch], *, margins: Ints) -> Expected:
    """As `walk_on`, but nobody's end is drawn: each click adds its chance of a purchase times the basket then.

    Clicks are drawn, ends and redemptions are not: the mean is that of `walk_on`, the noise much smaller.
    """
    most = 1 + max((int(batch.row.max()) for batch in starts.values()), default=-1)
    sums, batch, alive = np.zeros((3, most)), None, np.zeros(0)
    for step in range(laws.MAX_STEPS):
        if batch is not None:
            visits.click(world, batch, step)
        if step in starts:
            batch = starts[step] if batch is None else visits.join(batch, starts[step])
            alive = np.concatenate([alive, np.ones(len(starts[step]))])
        if batch is not None:
            batch, alive = _expect_end(world, batch, step, margins, sums, alive)
    return Expected(np.arange(most), *sums)


def _expect_end(
    world: World, batch: Batch, step: int, margins: Ints, sums: Floats, alive: Floats
) -> tuple[Batch, Floats]:
    buys, leaves = visits.end_chances(world, batch, step)
    filled = np.flatnonzero(batch.lines)
    worth = sales.expected(world, batch.take(filled), margins=margins)
    chance = (alive * buys)[filled]
    for place, value in enumerate((np.ones(len(filled)), *worth)):
        sums[place, batch.row[filled]] += chance * value
    alive = alive * (1.0 - buys - leaves)
    on = alive > _NEGLIGIBLE
    return batch.take(on), alive[on]


_NEGLIGIBLE = 0.002


def _end(world: World, batch: Batch, step: int, margins: Ints, found: list[Ends]) -> Batch:
    bought, left = visits.end(world, batch, step)
    over = bought | left
    if not over.any():
        return batch
    gone = batch.take(over)
    buys = bought[over]
    sold = sales.sell(world, gone, step, margins=margins)
    zero = np.zeros(len(gone), dtype=np.int64)
    found.append(
        Ends(
            row=gone.row,
            visit=gone.visit,
            shopper=gone.shopper,
            step=zero + step,
            at_ms=gone.at_ms,
            bought=buys,
            total_minor=np.where(buys, sold.total_minor, 0),
            contribution_minor=np.where(buys, sold.contribution_minor, 0),
            cost_minor=np.where(buys, sold.cost_minor, 0),
            redeemed=buys & sold.redeemed,
            arm=gone.arm,
            offered=gone.offered,
            shown=gone.shown,
            line_product=gone.line_product,
            line_quantity=gone.line_quantity,
        )  # fmt: skip
    )
    return batch.take(~over)


def _gathered(found: list[Ends]) -> Ends:
    parts = [_NOBODY, *found]
    order = np.argsort(np.concatenate([part.row for part in parts]), kind="stable")
    return Ends(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in _ENDS))


_ENDS = tuple(field.name for field in fields(Ends))
_NO_INTS, _NO_LINES = np.zeros(0, dtype=np.int64), np.zeros((0, laws.LINES), dtype=np.int64)
_NO_FLAGS = np.zeros(0, dtype=np.bool_)
_NOBODY = Ends(
    row=_NO_INTS, visit=_NO_INTS, shopper=_NO_INTS, step=_NO_INTS, at_ms=_NO_INTS, bought=_NO_FLAGS,
    total_minor=_NO_INTS, contribution_minor=_NO_INTS, cost_minor=_NO_INTS, redeemed=_NO_FLAGS, arm=_NO_INTS,
    offered=_NO_INTS, shown=_NO_INTS, line_product=_NO_LINES, line_quantity=_NO_LINES,
)  # fmt: skip
