"""The plain way to simulate visits: one event after the other in Python, a generator object for each.

It follows the laws of engine/simulate/mall/laws.py for phases, clicks, gaps, baskets and the end of a visit, and
leaves out coupons, orders, money and everything that lasts longer than a visit.
"""

import math
import time

import numpy as np

from engine.simulate.mall import laws

_WEIGHTS = laws.click_weights()
_GAPS = laws.gap_weights()
_SHARES = [share / sum(laws.TYPE_SHARES) for share in laws.TYPE_SHARES]


def events_per_second(shoppers: int, days: int, *, seed: int) -> tuple[float, int]:
    """Simulates, and returns events per second and how many there were."""
    start = time.perf_counter()
    count = 0
    for shopper in range(shoppers):
        own = np.random.default_rng((seed, shopper))
        type_ = int(own.choice(laws.TYPES, p=_SHARES))
        for visit in range(days):
            if np.random.default_rng((seed, shopper, visit)).random() < laws.VISIT_RATE:
                count += len(_visit(seed, shopper, visit, type_))
    return count / (time.perf_counter() - start), count


def _visit(seed: int, shopper: int, visit: int, type_: int) -> list[tuple[int, int, int]]:
    """(kind, gap in ms, lines in the basket) of each event."""
    made: list[tuple[int, int, int]] = []
    phase, lines = 0, 0
    for step in range(laws.MAX_STEPS):
        rng = np.random.default_rng((seed, shopper, visit, step))
        weights = laws.MOVES[type_][phase] if step else laws.STARTS[type_]
        phase = int(rng.choice(laws.PHASES, p=weights / weights.sum()))
        kind = laws.CLICKS[int(rng.choice(len(laws.CLICKS), p=_WEIGHTS[type_, 0, phase, int(lines > 0)]))]
        slot = int(rng.choice(_GAPS.shape[1], p=_GAPS[phase]))
        gap = int(rng.integers(laws.GAP_BORDERS[slot], laws.GAP_BORDERS[slot + 1]))
        if kind == laws.ADD:
            lines = min(lines + 1, laws.LINES)
        elif kind == laws.REMOVE:
            lines = max(lines - 1, 0)
        made.append((kind, gap, lines))
        buys, leaves = _end_chances(type_, phase, lines, step)
        drawn = rng.random()
        if drawn < buys:
            return [*made, (laws.CHECKOUT, 0, lines), (laws.PURCHASE, 0, lines)]
        if drawn < buys + leaves:
            break
    return made


def _end_chances(type_: int, phase: int, lines: int, step: int) -> tuple[float, float]:
    buy = laws.BUY_HAZARD[phase] * laws.BUY_OF_LINES[lines] * math.exp(laws.TYPE_INTENT[type_])
    leave = laws.EXIT_HAZARD[phase] * laws.EXIT_OF_TYPE[type_] * (1 + step * laws.EXIT_FATIGUE)
    ends = 1 - math.exp(-buy - leave)
    return ends * buy / (buy + leave), ends * leave / (buy + leave)
