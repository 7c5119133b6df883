"""What the world hands out, day by day: numpy arrays of equal length, integers only.

Moments are milliseconds since 1970 UTC, money is in the smallest unit, -1 stands for unknown.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Int8s = NDArray[np.int8]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events in the order of receipt: late ones stand late, duplicates stand twice."""

    shopper: Int32s  # number of the shopper, from 0; bots have numbers >= settings.shoppers
    visit: Int64s  # number of the visit, unique in a run
    step: Int32s  # number of the event in its visit, from 0
    occurred_ms: Int64s
    received_ms: Int64s
    kind: Int8s  # index in engine.contracts.KINDS
    product: Int32s  # index in the catalogue, -1 unknown
    category: Int8s  # index in the catalogue's categories, -1 unknown
    price_minor: Int64s  # of one piece, -1 unknown
    quantity: Int32s  # -1 unknown


@dataclass(frozen=True, slots=True)
class LineColumns:
    """Lines of orders; the lines of one visit that were placed together are one order."""

    shopper: Int32s
    visit: Int64s
    placed_ms: Int64s
    product: Int32s
    category: Int8s
    quantity: Int32s
    price_minor: Int64s  # of one piece, before the discount
    discount_minor: Int64s  # of the line
    mall: Int8s
    payment: Int8s
    arm: Int8s  # of the coupon redeemed with it, 0 none


@dataclass(frozen=True, slots=True)
class DecisionColumns:
    """Decisions of the history, with what came of them."""

    shopper: Int32s
    visit: Int64s
    at_ms: Int64s
    step: Int32s
    arm: Int8s
    category: Int8s
    propensity_ppm: Int64s  # millionths: the chance with which the chosen arm was chosen
    is_random: Flags  # of the uniform-random slice; else the legacy rule's
    bought: Flags
    value_minor: Int64s  # contribution before the coupon's cost
    cost_minor: Int64s  # of the coupon
    features: Int64s  # 2-D: n x len(engine.features.FEATURES)


@dataclass(frozen=True, slots=True)
class Day:
    """What was received, bought and decided on one day of the run."""

    number: int  # from 0
    events: EventColumns
    lines: LineColumns
    decisions: DecisionColumns
