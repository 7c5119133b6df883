"""What a randomised log says of an arm or a policy: differences and off-policy values, with 95 % intervals.

Rows are decisions. Values may be purchases (0 or 1) or money; every estimate is in their unit. `units`, where
given, says who each row belongs to (any integers): rows of one unit need not be independent, and the interval
allows for it. Sources: docs/algorithms/no_leaks.md.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from engine.contracts import Measure
from engine.metrics import Z, proportion

Column = NDArray[np.float64]
Units = NDArray[np.int64]

LEAST_EFFECTIVE = 50.0
"""Effective rows below which an off-policy value is refused."""


class PoorOverlap(Exception):
    """The log holds too little of what the policy would have done."""


def rate_difference(hits: int, n: int, *, control_hits: int, control_n: int) -> Measure:
    """hits / n less control_hits / control_n, with Newcombe's interval (1998, method 10: square and add).

    Wilson's intervals of the two rates are joined, so that it holds for rare hits and for none at all.
    ValueError where one side has no rows.
    """
    if n < 1 or control_n < 1:
        raise ValueError("A difference needs rows on both sides.")
    ours, theirs = proportion(hits, n), proportion(control_hits, control_n)
    value = ours.value - theirs.value
    below = sqrt((ours.value - _bound(ours.low)) ** 2 + (_bound(theirs.high) - theirs.value) ** 2)
    above = sqrt((_bound(ours.high) - ours.value) ** 2 + (theirs.value - _bound(theirs.low)) ** 2)
    return Measure(value, value - below, value + above)


def mean_difference(treated: Column, control: Column) -> Measure:
    """The difference of two means with a normal interval, each side with its own variance (Welch 1947).

    ValueError where one side has fewer than two rows.
    """
    if min(len(treated), len(control)) < 2:
        raise ValueError("A difference of means needs two rows on both sides.")
    error = sqrt(sum(float(np.var(side, ddof=1)) / len(side) for side in (treated, control)))
    value = float(treated.mean() - control.mean())
    return Measure(value, value - Z * error, value + Z * error)


def weights(target: Column, propensity: Column) -> Column:
    """target / propensity: the chance with which the policy in question would have chosen each row's arm, over
    the chance with which it was chosen. ValueError for a propensity outside (0, 1]."""
    if not ((propensity > 0) & (propensity <= 1)).all():
        raise ValueError("A propensity is a chance above 0 and at most 1; without it a row says nothing.")
    return np.asarray(target / propensity, dtype=np.float64)


def effective_size(weight: Column) -> float:
    """How many equally weighted rows these are worth (Kish 1965); 0 for none."""
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def ips(value: Column, weight: Column, *, units: Units | None = None) -> Measure:
    """A policy's mean value by inverse propensity scores (Horvitz and Thompson 1952).

    Unbiased where propensities are true. Weights may be negative, as for a policy less another one: then it is
    the difference of the two. The interval takes the skew out (Hall 1992); None where all rows say the same.
    PoorOverlap below LEAST_EFFECTIVE rows by the size of their weights.
    """
    _refuse_poor(weight)
    scores = value * weight
    mean = float(scores.mean())
    return _unskewed(mean, scores - mean, units)


def snips(value: Column, weight: Column, *, units: Units | None = None) -> Measure:
    """The same with weights that sum to one (Swaminathan and Joachims 2015): a little bias, mostly less spread.

    Weights are not negative. The interval is that of `ips`, linearised. PoorOverlap below LEAST_EFFECTIVE rows.
    """
    _refuse_poor(weight)
    mean = float((value * weight).sum() / weight.sum())
    return _unskewed(mean, (value - mean) * weight / float(weight.mean()), units)


def _refuse_poor(weight: Column) -> None:
    size = effective_size(np.abs(weight))
    if size < LEAST_EFFECTIVE:
        raise PoorOverlap(
            f"The log is worth {size:.0f} decisions of this policy; at least {LEAST_EFFECTIVE:.0f} are needed."
        )


def _unskewed(value: float, deviations: Column, units: Units | None) -> Measure:
    """The interval of a mean whose rows deviate by these, by Hall's transformation (1992), which takes the skew
    out: few decisions end in a purchase and few purchases are dear. No interval where all rows say the same."""
    parts = deviations
    if units is not None:
        sums = np.bincount(np.unique(units, return_inverse=True)[1], weights=deviations)
        parts = np.asarray(sums * (len(sums) / len(deviations)), dtype=np.float64)
    n, spread = len(parts), float(np.std(parts, ddof=1))
    if not spread > _NOTHING * max(1.0, abs(value)):
        return Measure(value)
    skew = float(((parts - parts.mean()) ** 3).mean()) / float(np.std(parts)) ** 3
    low, high = (value - spread * _back(side * Z / sqrt(n), skew, n) for side in (1.0, -1.0))
    return Measure(value, low, high)


_NOTHING = 1e-12


def _back(normal: float, skew: float, n: int) -> float:
    """The studentised mean over sqrt(n) whose transform is `normal`: Hall's cubic, inverted."""
    if abs(skew) < _SYMMETRIC:
        return normal
    root = float(np.cbrt(1.0 + skew * (normal - skew / (6.0 * n))))
    return 3.0 / skew * (root - 1.0)


_SYMMETRIC = 1e-6


def _bound(bound: float | None) -> float:
    if bound is None:
        raise ValueError("this measure has no interval")
    return bound
