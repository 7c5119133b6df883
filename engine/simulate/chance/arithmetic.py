"""exp, log and the normal quantile from sums and products only.

numpy's own exp and log take another path on a processor with AVX-512 and differ there in the last bit. What
decides who buys must not: these use operations that IEEE 754 rounds exactly (and frexp, ldexp, rint, sqrt).
"""

import numpy as np

from engine.simulate.chance.draws import Floats

_LN2_HIGH, _LN2_LOW, _PER_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.4426950408889634
_EXP = tuple(1.0 / f for f in (1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600))
_SQRT_HALF = 0.7071067811865476
# Acklam's rational approximation of the normal quantile (relative error below 1.2e-9).
_A = (-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2,
      -3.066479806614716e1, 2.506628277459239)  # fmt: skip
_B = (-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
      -1.328068155288572e1, 1.0)  # fmt: skip
_C = (-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
      4.374664141464968, 2.938163982698783)  # fmt: skip
_D = (7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0)
_TAIL = 0.02425


def exp(x: Floats) -> Floats:
    """e to the x for x in [-700, 700]; relative error below 4e-15."""
    n = np.rint(x * _PER_LN2)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    total = np.full_like(r, _EXP[-1])
    for factor in _EXP[-2::-1]:
        total = total * r + factor
    return np.ldexp(total, n.astype(np.int32))


def log(x: Floats) -> Floats:
    """The natural logarithm for x > 0; relative error below 4e-15 away from 1."""
    m, e = np.frexp(x)
    small = m < _SQRT_HALF
    m = np.where(small, m * 2.0, m)
    e = np.where(small, e - 1, e).astype(np.float64)
    f = (m - 1.0) / (m + 1.0)
    square = f * f
    series = np.full_like(f, 1.0 / 21)
    for odd in range(19, 0, -2):
        series = series * square + 1.0 / odd
    return e * _LN2_HIGH + (e * _LN2_LOW + 2.0 * f * series)


def normal(u: Floats) -> Floats:
    """Standard normal values whose distribution function is u; u in [0, 1) is kept 1e-16 off the ends."""
    p = np.minimum(np.maximum(u, 1e-16), 1.0 - 1e-16)
    tail = np.minimum(p, 1.0 - p)
    q = np.sqrt(-2.0 * log(np.minimum(tail, _TAIL)))
    outer = _poly(_C, q) / _poly(_D, q)
    d = p - 0.5
    r = d * d
    inner = _poly(_A, r) * d / _poly(_B, r)
    return np.where(tail < _TAIL, np.where(p < 0.5, outer, -outer), inner)


def _poly(factors: tuple[float, ...], x: Floats) -> Floats:
    total = np.full_like(x, factors[0])
    for factor in factors[1:]:
        total = total * x + factor
    return total
