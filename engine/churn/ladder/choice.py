"""Which rung serves, and why in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.churn.ladder.figures import Terms, losses, mean
from engine.churn.windows import Windows
from engine.contracts import RUNG_NAMES, RUNGS

Floats = NDArray[np.float64]
GIVES_UP = 0.02
"""A plainer rung may lose so much of the best one's gain over b0."""
TREATED_SHARE = 0.10
"""The published rule treats so many of the windows: those with the highest risk."""
BASELINE, REFERENCE = "b0", "b3"


@dataclass(frozen=True, slots=True)
class Choice:
    """A rung, why, and the risk above which the published rule treats."""

    rung: str
    why: str
    threshold: float


def choose(valid: Windows, scores: Mapping[str, Floats]) -> Choice:
    """Of calibrated chances of churn (n,) on validation and calibration; docs/algorithms/churn.md, "Choice"."""
    weight, who = valid.weight.astype(np.float64), np.unique(valid.shopper, return_inverse=True)[1]
    bought = valid.bought.astype(np.float64)
    each = {name: losses(bought, scores[name]) for name in RUNGS if name in scores}
    loss = {name: mean(lost, weight, who) for name, lost in each.items()}
    best = min(loss, key=lambda name: loss[name].value)
    bearable = GIVES_UP * max(0.0, loss[BASELINE].value - loss[best].value) if BASELINE in loss else np.inf
    for name in loss:
        worse = {
            other: mean(each[name] - each[other], weight, who) for other in {best, REFERENCE} & set(each)
        }
        if all(one.value <= min(one.error, bearable) for one in worse.values()):
            return Choice(name, _why(name, best, loss, worse), top(scores[name]))
    raise RuntimeError("The best rung is not within an error of itself.")


def top(churn: Floats) -> float:
    """The risk that a tenth of these exceed."""
    return float(np.quantile(churn, 1.0 - TREATED_SHARE))


def _why(name: str, best: str, loss: Mapping[str, Terms], worse: Mapping[str, Terms]) -> str:
    said = f"{spoken(name)} has a held-out log-loss of {loss[name].value:.5f}"
    if name == best:
        return f"{said}, the least of {len(loss)} rungs, and no plainer one comes near enough."
    gap = worse[best]
    return (
        f"{said}. {spoken(best)} has the least, {loss[best].value:.5f}; the difference of "
        f"{gap.value:.5f} is within its standard error of {gap.error:.5f} and small beside "
        "the gain over b0, so the plainer one is taken."
    )


def spoken(rung: str) -> str:
    """A rung at the beginning of a sentence."""
    name = RUNG_NAMES[rung]
    return f"{name[0].upper()}{name[1:]} ({rung})"
