"""What a purchase is worth: lines, contribution and the cost of a coupon, in whole smallest units."""

from dataclasses import dataclass

import numpy as np

from engine.contracts import DEPTHS
from engine.simulate.mall import draws
from engine.simulate.mall.draws import Floats, Ints
from engine.simulate.mall.visits import Batch, Flags, World

CAP_MINOR = 100_000  # the most that one coupon costs
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
    held = batch.line_product >= 0
    product = np.maximum(batch.line_product, 0)
    worth = np.where(held, world.catalogue.price_minor[product] * batch.line_quantity, 0)
    left = worth * margins[product] // 10_000
    fits = held & (world.catalogue.category[product] == batch.offered[:, None]) & (batch.arm > 0)[:, None]
    base = np.where(fits, worth, 0).sum(axis=1)
    drawn = draws.uniform(draws.words(batch.base, step, draws.REDEEM))
    redeemed = (base > 0) & (drawn >= world.shoppers.friction[batch.shopper])
    cost = np.minimum((base * _PERCENT[batch.arm] + 50) // 100, CAP_MINOR)
    return Sales(worth.sum(axis=1), left.sum(axis=1), np.where(redeemed, cost, 0), redeemed)
