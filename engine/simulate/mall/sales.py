"""What a purchase is worth: lines, contribution and the cost of a coupon, in whole smallest units."""

from dataclasses import dataclass

import numpy as np

from engine.contracts import DEPTHS
from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall.visits import Batch, Flags, World

CAP_MINOR = 20_000  # the most that one coupon costs
MOST_MARGIN_BP = 9_500
_PERCENT = np.array([0, *(round(depth * 100) for depth in DEPTHS)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Sales:
    """Baskets of n purchases. Contribution is before the coupon's cost, which is 0 where none was redeemed."""

    total_minor: Ints  # of the lines before the discount
    contribution_minor: Ints
    cost_minor: Ints
    redeemed: Flags


def margins_bp(world: World, scale: float) -> Ints:
    """By product number; `scale` multiplies the catalogue's margins, bounded by 95 %."""
    scaled: Floats = np.rint(world.catalogue.margin_bp * scale)
    return np.minimum(scaled, MOST_MARGIN_BP).astype(np.int64)


def sell(world: World, batch: Batch, step: int, *, margins: Ints) -> Sales:
    """What the baskets of these visits bring in when they are paid at this click."""
    total, left, base, cost = _worth(world, batch, margins)
    drawn = draws.uniform(draws.words(batch.base, step, draws.REDEEM))
    redeemed = (base > 0) & (drawn >= world.shoppers.friction[batch.shopper])
    return Sales(total, left, np.where(redeemed, cost, 0), redeemed)


def expected(world: World, batch: Batch, *, margins: Ints) -> tuple[Floats, Floats]:
    """Contribution and cost if these baskets were paid now, in expectation over who redeems."""
    _, left, _, cost = _worth(world, batch, margins)
    return left.astype(np.float64), cost * (1.0 - world.shoppers.friction[batch.shopper])


def _worth(world: World, batch: Batch, margins: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """By basket: the total, what is left after the goods' cost, what the coupon fits, and what it would cost."""
    held = batch.line_product >= 0
    product = np.maximum(batch.line_product, 0)
    worth = np.where(held, world.catalogue.price_minor[product] * batch.line_quantity, 0)
    left = worth * margins[product] // 10_000
    fits = held & (world.catalogue.category[product] == batch.offered[:, None]) & (batch.arm > 0)[:, None]
    base = np.where(fits, worth, 0).sum(axis=1)
    cost = np.minimum((base * _PERCENT[batch.arm] + 50) // 100, CAP_MINOR)
    return worth.sum(axis=1), left.sum(axis=1), base, cost
