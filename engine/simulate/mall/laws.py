"""The laws of the simulated mall as numbers (docs/algorithms/mall.md states each with its equation and source).

Shapes: T = 4 shopper types, Z = 3 levels of deal-proneness, P = 3 phases, K = 9 kinds of a click, L = 4 levels
of a basket (0 to 3 lines).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.contracts import KINDS, SHOPPER_TYPES
from engine.simulate.chance.arithmetic import exp, log, normal
from engine.simulate.chance.draws import Floats
from engine.simulate.chance.tables import Choices

SURE, PERSUADABLE, LOST, NEGATIVE = range(4)
BROWSE, COMPARE, DECIDE = range(3)
PAGE, CATEGORY_VIEW, VIEW, SEARCH, ADD, REMOVE, CART, CHECKOUT, PURCHASE, IDLE, EXIT = range(len(KINDS))
CLICKS = (PAGE, CATEGORY_VIEW, VIEW, SEARCH, ADD, REMOVE, CART, IDLE, EXIT)
"""The kinds that a step of a visit may have; checkout and purchase are its end."""

TYPES, LEVELS, PHASES, LINES = len(SHOPPER_TYPES), 3, 3, 3
MAX_STEPS = 60
TYPE_SHARES = (0.17, 0.33, 0.45, 0.05)

# From phase (rows) to phase, by type: sticky, and the surer the shopper the faster she decides.
MOVES = np.array([
    [[0.74, 0.19, 0.07], [0.10, 0.73, 0.17], [0.05, 0.11, 0.84]],
    [[0.76, 0.20, 0.04], [0.11, 0.77, 0.12], [0.05, 0.17, 0.78]],
    [[0.88, 0.105, 0.015], [0.22, 0.73, 0.05], [0.13, 0.25, 0.62]],
    [[0.75, 0.19, 0.06], [0.10, 0.74, 0.16], [0.05, 0.11, 0.84]],
])  # fmt: skip
STARTS = np.array([[0.54, 0.34, 0.12], [0.68, 0.28, 0.04], [0.88, 0.10, 0.02], [0.58, 0.32, 0.10]])

# Weights of the clicks (page, category, view, search, add, remove, cart, idle, exit intent) by phase.
EMPTY_BASKET = np.array([
    [0.200, 0.290, 0.360, 0.100, 0.00176, 0.0, 0.004, 0.030, 0.012],
    [0.060, 0.150, 0.540, 0.130, 0.00784, 0.0, 0.010, 0.065, 0.027],
    [0.030, 0.070, 0.420, 0.060, 0.0431, 0.0, 0.030, 0.070, 0.040],
])  # fmt: skip
FILLED_BASKET = np.array([
    [0.180, 0.260, 0.350, 0.090, 0.0065, 0.010, 0.045, 0.035, 0.015],
    [0.055, 0.130, 0.450, 0.110, 0.0129, 0.018, 0.090, 0.080, 0.037],
    [0.030, 0.060, 0.280, 0.050, 0.0345, 0.015, 0.320, 0.100, 0.065],
])  # fmt: skip
# How a type tilts those weights.
TILTS = np.array([
    [0.7, 0.85, 1.15, 1.0, 1.1, 0.8, 0.9, 0.45, 0.35],
    [0.8, 0.95, 1.0, 1.25, 1.0, 1.2, 1.8, 2.1, 2.5],
    [1.6, 1.4, 0.75, 0.75, 0.8, 1.2, 0.8, 0.9, 0.9],
    [0.8, 0.9, 1.15, 1.0, 1.0, 1.0, 0.6, 0.45, 0.35],
])  # fmt: skip
LEVEL_EXIT_TILT, LEVEL_CART_TILT = (1.0, 1.5, 2.2), (1.0, 1.15, 1.3)  # strategic abandonment shows itself

# The chance of a click without end: competing hazards per click.
EXIT_HAZARD = np.array([0.100, 0.058, 0.045])  # by phase
EXIT_OF_TYPE = np.array([0.90, 0.95, 1.10, 0.95])
EXIT_WITH_BASKET, EXIT_FATIGUE = 0.85, 1 / 45  # fatigue: per click
BUY_HAZARD = np.array([0.0016, 0.0068, 0.0289])  # by phase, with a basket
BUY_OF_LINES = np.array([0.0, 1.0, 1.15, 1.25])
TYPE_INTENT = np.array([0.60, 0.25, -1.0, 0.50])
INTENT_SPREAD = 0.40
PRICE_WEIGHT = 0.30  # the dearer she finds things, the less she buys

STICKINESS = np.array([0.62, 0.85, 0.95])  # chance to stay in the category, by phase
TIER_WEIGHTS = np.array([0.36, 0.40, 0.24])
TIER_OF_SENSITIVITY = 0.55
QUANTITY = np.array([0.75, 0.17, 0.05, 0.02, 0.01])  # 1 to 5 pieces
SENSITIVITY_SPREAD, SENSITIVITY_BY_CATEGORY = 0.30, 0.25
TYPE_SENSITIVITY = np.array([0.80, 1.25, 1.0, 0.9])
UTILITY_SPREAD = 1.1

# The gap before a click: bins between these borders (ms); weights from a lognormal by phase.
GAP_BORDERS = np.array([400, 900, 1_600, 2_600, 4_000, 6_000, 8_500, 12_000, 17_000, 24_000, 34_000, 48_000,
                        70_000, 110_000, 180_000, 300_000, 600_000, 1_200_000], dtype=np.int64)  # fmt: skip
GAP_LOG_MEAN, GAP_LOG_SPREAD = np.array([8.6, 9.6, 10.1]), np.array([1.0, 0.95, 1.0])
IDLE_MS = 20_000

# What a coupon does.
RESPONSE = np.array([0.03, 0.64, 0.22, -0.65])  # by type: at 10 %, full match and attention
IRRITATION = 1.25  # of negative responders' exit hazard while a coupon is live
MOMENT = np.array([0.45, 1.0, 0.8])  # by the phase in which it is shown
ATTENTION = 0.90  # per click since it was shown
MATCH_OF_LAST, MATCH_OF_OTHERS = 0.5, 0.15  # mission or basket: 1
SUBSTITUTION = 0.25  # chance per click, at 10 % and full attention, to turn to the coupon's category
LEVEL_RESPONSE = 0.20  # more response per level of deal-proneness
FRICTION_MEAN, FRICTION_SPREAD = 0.45, 0.20  # chance to let a live coupon lapse at the purchase

# What is left over for later visits.
SATIATION_DAYS, SATIATION = (7, 21, 45), (-0.9, -0.45, -0.2)  # pull-forward: purchases come out of later ones
SPILL_DAYS = 7
SPILL = np.array([0.0, 0.15, 0.05, -0.15])  # after a coupon that was seen and not used
EXPOSED = 0.15  # chance that a coupon seen raises the level of deal-proneness
WAITING, WAITING_EXIT = 0.15, 0.10  # per level: holds back a purchase without a coupon, and leaves more
LEVEL_SHARES = np.array([[0.80, 0.16, 0.04], [0.50, 0.35, 0.15], [0.72, 0.22, 0.06], [0.85, 0.12, 0.03]])

# Days.
VISIT_RATE, VISIT_SPREAD, MOST_VISITS = 0.0935, 0.75, 0.60  # a day; of its logarithm; a bound
NEWCOMERS = 0.20  # share of shoppers who come first on a day of the run
WEEKDAYS = (0.90, 0.90, 0.93, 0.97, 1.05, 1.20, 1.05)  # Monday to Sunday
WEEKEND_INTENT, PAYDAY_INTENT, DRIFT = 0.06, 0.10, -0.0012  # drift: per day
SEASON = 0.12  # height of the yearly wave of traffic
CROSSTALK = 0.35  # in the world with the switch: intent times the share of yesterday's visits with a coupon

# Trouble in the logs.
BOT_RATE, LATE_RATE, DUPLICATE_RATE, TRAFFIC_ERROR = 0.010, 0.010, 0.004, 0.40


@dataclass(frozen=True, slots=True)
class Tables:
    """The laws as look-ups. Rows: `starts` type; `moves` (type, phase); `clicks` (type, level, phase, basket
    filled); `gaps` phase (idle: PHASES); `tiers` none."""

    starts: Choices
    moves: Choices
    clicks: Choices
    landings: Choices
    gaps: Choices
    quantities: Choices


def tables() -> Tables:
    """The look-ups; the same on every processor."""
    return Tables(
        starts=Choices(STARTS),
        moves=Choices(MOVES),
        clicks=Choices(click_weights()),
        landings=Choices(np.array([0.45, 0.25, 0.20, 0.10])),
        gaps=Choices(gap_weights()),
        quantities=Choices(QUANTITY),
    )


def click_weights() -> Floats:
    """(T, Z, P, 2, K), each row with the sum 1."""
    base = np.stack([EMPTY_BASKET, FILLED_BASKET], axis=1)  # (P, 2, K)
    weights = base[None, None] * TILTS[:, None, None, None, :]
    weights = np.broadcast_to(weights, (TYPES, LEVELS, PHASES, 2, len(CLICKS))).copy()
    weights[..., CLICKS.index(EXIT)] *= np.array(LEVEL_EXIT_TILT)[None, :, None, None]
    weights[..., CLICKS.index(CART)] *= np.array(LEVEL_CART_TILT)[None, :, None, None]
    return weights / weights.sum(axis=-1, keepdims=True)


@cache
def gap_weights() -> Floats:
    """(P + 1, bins): the share of each bin of gaps by phase; the last row is for idle, 20 s and more."""
    log_borders = np.array([_log_of(int(border)) for border in GAP_BORDERS])
    rows = []
    for mean, spread in zip(GAP_LOG_MEAN, GAP_LOG_SPREAD, strict=True):
        below = np.array([_normal_cdf((x - mean) / spread) for x in log_borders])
        rows.append(np.diff(below) / (below[-1] - below[0]))
    idle = rows[DECIDE] * (GAP_BORDERS[:-1] >= IDLE_MS)
    return np.stack([*rows, idle / idle.sum()])


def _log_of(number: int) -> float:

    return float(log(np.array([float(number)]))[0])


def _normal_cdf(z: float) -> float:
    """By bisection of the quantile: slow, exact to 1e-9, and the same everywhere."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if normal(np.array([middle]))[0] < z else (low, middle)
    return (low + high) / 2


def end_chances(buy: Floats, leave: Floats) -> tuple[Floats, Floats]:
    """Chances to buy and to leave at a click, from the two competing hazards (same shape)."""
    total = buy + leave
    ends = 1.0 - exp(-total)
    bought = ends * buy / total
    return bought, ends - bought
