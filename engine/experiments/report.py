"""Treated shoppers against those who were held out: is the split sound, is there enough, what is the difference.

Rules, guarantees and sources: docs/algorithms/campaign_report.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.contracts import Compared, ExperimentReport, Measure, SplitCheck
from engine.experiments.assign import BUCKETS
from engine.metrics import Z, holm

Column = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_SHOPPERS = 30
"""On each side; below it there is not enough data yet."""
LEAST_BUYERS = 20
"""On both sides together."""
OWN_SPREAD_FROM = 200
"""Buyers on the smaller side from which on each side's own spread is believed."""
LEAST_EXPECTED = 5
"""Shoppers on a side from which on the chi-square test of the split is believed."""
PRIOR_SHOPPERS = 1_000
"""The interval that holds at every look is narrowest, for its kind, where a comparison is worth so many shoppers."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Shoppers:
    """n rows, one a shopper. `outcomes` are columns of n in their own units; `bought` says who bought at all;
    `before` is a covariate from before the first decision, or None."""

    is_treated: Flags
    bought: Flags
    outcomes: Mapping[str, Column]
    before: Column | None = None

    def __len__(self) -> int:
        return len(self.is_treated)

    def where(self, chosen: Flags) -> "Shoppers":
        """Some of them."""
        outcomes = {name: column[chosen] for name, column in self.outcomes.items()}
        before = None if self.before is None else self.before[chosen]
        return Shoppers(self.is_treated[chosen], self.bought[chosen], outcomes, before)


def held_share(*, holdout_bp: int, own_holdout_bp: int = 0) -> float:
    """The share (0 to 1) that both holdouts together keep, from shares in 1/10,000."""
    mall, own = holdout_bp / BUCKETS, own_holdout_bp / BUCKETS
    return mall + (1 - mall) * own


def check_split(treated: int, held: int, *, held_share: float) -> SplitCheck:
    """Chi-square test (one degree of freedom) of the groups' sizes against the share that was meant to be held out;
    the binomial itself where fewer than LEAST_EXPECTED are expected on a side.

    With a share of 0 or 1 one shopper on the wrong side is enough; with nobody at all nothing is wrong.
    ValueError for a share outside 0 to 1.
    """
    if not 0 <= held_share <= 1:
        raise ValueError(f"{held_share} is no share: a number from 0 to 1 was expected.")
    return SplitCheck(treated, held, held_share, _chance_of(treated, held, held_share))


def _chance_of(treated: int, held: int, share: float) -> float:
    """Two-sided p-value of the two counts."""
    expected, n = (treated + held) * share, treated + held
    if share in (0, 1):
        return 1.0 if held == expected else 0.0
    if n and min(expected, n - expected) < LEAST_EXPECTED:
        few, chance = (held, share) if share < _HALF else (treated, 1 - share)
        below, above = _at_most(few, n, chance), 1 - _at_most(few - 1, n, chance)
        return max(0.0, min(1.0, 2 * min(below, above)))
    return erfc(abs(held - expected) / sqrt(2 * expected * (1 - share))) if n else 1.0


_HALF = 0.5


def _at_most(hits: int, n: int, chance: float) -> float:
    """P(X <= hits) of a binomial with a chance between 0 and 1 and few hits to be expected."""
    whole = lgamma(n + 1)
    return sum(
        exp(whole - lgamma(k + 1) - lgamma(n - k + 1) + k * log(chance) + (n - k) * log1p(-chance))
        for k in range(hits + 1)
    )


def compare(shoppers: Shoppers, *, held_share: float) -> ExperimentReport:
    """Every outcome, treated less held out. No outcome where the split is unsound or there is not enough data."""
    treated = int(shoppers.is_treated.sum())
    split = check_split(treated, len(shoppers) - treated, held_share=held_share)
    enough = has_enough(shoppers)
    if not split.is_sound or not enough:
        return ExperimentReport(split, enough, {})
    return ExperimentReport(split, enough, differences(shoppers))


def differences(shoppers: Shoppers) -> dict[str, Compared]:
    """Every outcome of shoppers whose split is known to be sound; some on either side."""
    return {name: _compared(shoppers, column) for name, column in shoppers.outcomes.items()}


def has_enough(shoppers: Shoppers) -> bool:
    """Whether a difference may be shown: enough shoppers on each side, and enough buyers in all."""
    treated = int(shoppers.is_treated.sum())
    sides = min(treated, len(shoppers) - treated)
    return sides >= LEAST_SHOPPERS and int(shoppers.bought.sum()) >= LEAST_BUYERS


def sure_together(differences: Sequence[Compared]) -> list[bool]:
    """Which of several differences (of segments, say) stay when all were looked at: Holm at 5 %."""
    return holm([p_value(one.difference) for one in differences], ALPHA)


def p_value(difference: Measure) -> float:
    """Two-sided, of the difference's own normal interval; 1 where it has none."""
    if difference.low is None or difference.high is None or difference.high <= difference.low:
        return 1.0
    return erfc(abs(difference.value) / ((difference.high - difference.low) / 2 / Z) / sqrt(2))


def adjusted(outcome: Column, before: Column | None, is_treated: Flags) -> Column:
    """The outcome less what was known before (CUPED): the slope is taken within the groups, so that the covariate
    explains noise and no effect. Unchanged where nothing varied before."""
    if before is None:
        return outcome
    shared, spread = 0.0, 0.0
    for side in (is_treated, ~is_treated):
        x = before[side] - before[side].mean()
        shared += float((x * (outcome[side] - outcome[side].mean())).sum())
        spread += float((x * x).sum())
    if not spread > 0:
        return outcome
    return np.asarray(outcome - shared / spread * (before - before.mean()), dtype=np.float64)


def _compared(shoppers: Shoppers, outcome: Column) -> Compared:
    chosen = shoppers.is_treated
    column = adjusted(outcome, shoppers.before, chosen)
    ours, theirs = column[chosen], column[~chosen]
    value = float(ours.mean() - theirs.mean())
    fewest = min(int(shoppers.bought[side].sum()) for side in (chosen, ~chosen))
    variances = _variances(ours, theirs, is_own=fewest >= OWN_SPREAD_FROM)
    of_one = _pooled(ours, theirs)
    means = float(outcome[chosen].mean()), float(outcome[~chosen].mean())
    return Compared(
        treated=len(ours),
        held=len(theirs),
        treated_mean=means[0],
        held_mean=means[1],
        difference=_around(value, Z * sqrt(sum(variances))),
        always=_around(value, _always(sum(variances), of_one / PRIOR_SHOPPERS)),
        relative=_relative(value, means[1], variances),
    )


def _variances(ours: Column, theirs: Column, *, is_own: bool) -> tuple[float, float]:
    """Of the two means: each from its own spread, or both from the spread of one shopper whoever she is."""
    if is_own:
        return float(np.var(ours, ddof=1)) / len(ours), float(np.var(theirs, ddof=1)) / len(theirs)
    of_one = _pooled(ours, theirs)
    return of_one / len(ours), of_one / len(theirs)


def _pooled(ours: Column, theirs: Column) -> float:
    squares = sum(float(((side - side.mean()) ** 2).sum()) for side in (ours, theirs))
    return squares / (len(ours) + len(theirs) - 2)


def _always(variance: float, prior: float) -> float:
    """Half the width of the interval that holds at all looks together; 0 where nothing varies."""
    if not variance > 0:
        return 0.0
    whole = variance + prior
    return sqrt(2 * variance * whole / prior * (log(1 / ALPHA) + log(whole / variance) / 2))


def _relative(value: float, base: float, variances: tuple[float, float]) -> Measure | None:
    """value / base with the delta method; None where the base is within two standard errors of zero."""
    ours, theirs = variances
    if not base > 2 * sqrt(theirs):
        return None
    ratio = 1 + value / base
    return _around(ratio - 1, Z * sqrt(ours + ratio * ratio * theirs) / base)


def _around(value: float, half: float) -> Measure:
    return Measure(value, value - half, value + half) if half > 0 else Measure(value)
