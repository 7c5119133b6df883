"""How much of what can be known a rung has, where somebody knows: the simulated mall's Bayes filter."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.churn.calibration import LEAST
from engine.churn.ladder.figures import Slice, Terms, losses, mean, terms_of
from engine.contracts import Measure

Floats = NDArray[np.float64]
YARDSTICK, BASELINE = "bayes", "b0"


@dataclass(frozen=True)
class Bound:
    """`bought` (n,): the chance of a purchase given all that was observed, NaN where it could not be asked."""

    bought: Floats
    note: str = ""

    def take(self, rows: NDArray[np.bool_]) -> Floats:
        return self.bought[rows]


def shares(
    bound: Bound, rows: NDArray[np.bool_], part: Slice, churn: Mapping[str, Floats]
) -> dict[str, dict[str, Measure]]:
    """By rung: `bayes_share` of the filter's expected gain over b0 in log-loss, and the same with labels as they
    came. For the filter its figures on the windows that it was asked about. Empty where it was asked nothing."""
    known = bound.take(rows)
    asked = np.flatnonzero(~np.isnan(known))
    if not len(asked):
        return {}
    some = Slice(part.windows.take(asked), part.who[asked], part.group[asked], part.rare)
    chance, bought = np.clip(known[asked], LEAST, 1 - LEAST), some.bought
    found: dict[str, dict[str, Measure]] = {}
    for name, said in churn.items():
        found[name] = {
            "bayes_share": _share(some, chance, churn[BASELINE][asked], said[asked], 1.0 - chance),
            "bayes_share_realised": _share(some, bought, churn[BASELINE][asked], said[asked], 1.0 - chance),
        }
    own = terms_of(some, 1.0 - chance)
    found[YARDSTICK] = {name: one.measure() for name, one in own.items()}
    return found


def _share(part: Slice, label: Floats, plain: Floats, said: Floats, best: Floats) -> Measure:
    """A ratio of two mean gains, linearised by shopper (Cochran 1977, 6.4)."""
    weight = part.windows.weight.astype(np.float64)
    base = _expected(label, plain)
    mine = mean(base - _expected(label, said), weight, part.who)
    whole = mean(base - _expected(label, best), weight, part.who)
    if whole.value <= 0:
        return Measure(0.0)
    ratio = mine.value / whole.value
    return Terms(ratio, (mine.parts - ratio * whole.parts) / whole.value).measure()


def _expected(bought: Floats, churn: Floats) -> Floats:
    """(n,) log-loss in expectation over `bought`, 0 to 1."""
    ones = np.ones(len(churn))
    found: Floats = bought * losses(ones, churn) + (1.0 - bought) * losses(0.0 * ones, churn)
    return found
