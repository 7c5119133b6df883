"""Small regressions in numpy, so that what reads them needs no library of learners."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS, _CLOSE = 50, 1e-9


def ridge_logit(design: Floats, label: Floats, weight: Floats, *, towards: Floats, strength: float) -> Floats:
    """Coefficients (k,) of a logistic regression of `label` (n,) of 0 and 1 on `design` (n, k), drawn `towards` (k,).

    Least weighted log-loss plus strength / 2 times the squared distance; Newton's steps, halved where they
    overshoot. Source: McCullagh and Nelder 1989, 4.4; le Cessie and van Houwelingen 1992.
    """
    found = towards.astype(np.float64)
    loss = _loss(design, label, weight, found, towards, strength)
    for _ in range(_STEPS):
        chance = _expit(design @ found)
        slope = design.T @ (weight * (chance - label)) + strength * (found - towards)
        bend = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(bend + max(strength, 1e-8) * np.eye(len(found)), slope)
        size = 1.0
        while size > _CLOSE:
            tried = found - size * step
            now = _loss(design, label, weight, tried, towards, strength)
            if now <= loss:
                break
            size /= 2
        else:
            return found
        found, gained, loss = tried, loss - now, now
        if gained <= _CLOSE * (1 + abs(loss)):
            return found
    return found


def _loss(
    design: Floats, label: Floats, weight: Floats, at: Floats, towards: Floats, strength: float
) -> float:
    odds = design @ at
    each = np.logaddexp(0.0, odds) - label * odds
    return float(weight @ each + strength / 2 * ((at - towards) ** 2).sum())


def _expit(odds: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0)))
    return found
