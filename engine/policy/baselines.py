"""Policies to compare with. Each is a frozen value with a name and `choose`; a score that is missing is no
coupon, never a guess. All offer the category viewed most. Rules and sources: docs/algorithms/decide.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf

import numpy as np

from engine.contracts import DEPTHS, NO_COUPON, Chance, Choice, Scores, VisitState
from engine.features import most_viewed
from engine.policy import reasons
from engine.policy.purposes import CHANCE_ARM, CHANCE_ISSUE

_ARMS = 1 + len(DEPTHS)


@cache
def _certain(arm: int) -> tuple[float, ...]:
    return tuple(float(place == arm) for place in range(max(_ARMS, arm + 1)))


@cache
def _none(reason: str) -> Choice:
    return Choice(NO_COUPON, "", _certain(NO_COUPON), reason)


def _offer(state: VisitState, arm: int, reason: str) -> Choice:
    return Choice(arm, most_viewed(state), _certain(arm), reason)


def _check_arms(*arms: int) -> None:
    if not arms or min(arms) <= NO_COUPON:
        raise ValueError(f"Arms that offer something are numbered from 1; {arms} were given.")


@dataclass(frozen=True, slots=True)
class NoCoupon:
    """Never a coupon."""

    name: str = "none"

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        return _none(reasons.NEVER)


@dataclass(frozen=True, slots=True)
class RandomPolicy:
    """With chance `rate` (0 to 1) a coupon, its arm uniform over `arms`; all chances are recorded."""

    rate: float
    arms: tuple[int, ...]
    name: str = "random"

    def __post_init__(self) -> None:
        _check_arms(*self.arms)
        if not 0 <= self.rate <= 1:
            raise ValueError(f"{self.rate} is no chance: a number from 0 to 1 was expected.")
        if len(set(self.arms)) < len(self.arms):
            raise ValueError(f"An arm is named twice in {self.arms}.")

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        chances, category = _spread(self.rate, self.arms), most_viewed(state)
        if rng.uniform(CHANCE_ISSUE) >= self.rate:
            return Choice(NO_COUPON, category, chances, reasons.NOT_DRAWN)
        arm = self.arms[int(rng.uniform(CHANCE_ARM) * len(self.arms))]
        return Choice(arm, category, chances, reasons.DRAWN)


@cache
def _spread(rate: float, arms: tuple[int, ...]) -> tuple[float, ...]:
    each = rate / len(arms)
    return (1 - rate, *(each if arm in arms else 0.0 for arm in range(1, max(_ARMS, max(arms) + 1))))


def uniform(depths: int = len(DEPTHS)) -> RandomPolicy:
    """Exploration: each of `depths` arms and holding back with the same chance."""
    return RandomPolicy(depths / (depths + 1), tuple(range(1, depths + 1)), name="uniform")


@dataclass(frozen=True, slots=True)
class TreatAll:
    """A coupon at every chance."""

    arm: int
    name: str = "treat_all"

    def __post_init__(self) -> None:
        _check_arms(self.arm)

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        return _offer(state, self.arm, reasons.ALWAYS)


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """Highest risk first: a coupon where the risk reaches the threshold (Seo and Yoo 2023)."""

    risk_threshold: float
    arm: int
    name: str = "published_rule"

    def __post_init__(self) -> None:
        _check_arms(self.arm)

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        if scores.risk is None:
            return _none(reasons.NO_SCORE)
        if scores.risk >= self.risk_threshold:
            return _offer(state, self.arm, reasons.RISK_HIGH)
        return _none(reasons.RISK_LOW)


@dataclass(frozen=True, slots=True)
class PropensityFirst:
    """A coupon where a purchase is likeliest anyway: what a response model without a control group does."""

    threshold: float
    arm: int
    name: str = "propensity_first"

    def __post_init__(self) -> None:
        _check_arms(self.arm)

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        if scores.propensity is None:
            return _none(reasons.NO_SCORE)
        if scores.propensity >= self.threshold:
            return _offer(state, self.arm, reasons.PROPENSITY_HIGH)
        return _none(reasons.PROPENSITY_LOW)


@dataclass(frozen=True, slots=True)
class UpliftRank:
    """A coupon where it adds most to the chance of a purchase, whatever it costs."""

    threshold: float
    arm: int
    name: str = "uplift_rank"

    def __post_init__(self) -> None:
        _check_arms(self.arm)

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        if scores.uplift is None:
            return _none(reasons.NO_SCORE)
        if scores.uplift >= self.threshold:
            return _offer(state, self.arm, reasons.UPLIFT_HIGH)
        return _none(reasons.UPLIFT_LOW)


@dataclass(frozen=True, slots=True)
class ByGain:
    """The arm with the highest gain less `budget_price` times its expected cost, where that is above `floor`.

    `budget_price` (at least 0) is what a unit of budget is worth; `floor` is in the smallest unit of money.
    Of equals the shallower arm. `choose` raises ValueError where gains and liabilities differ in length.
    """

    budget_price: float
    floor: float
    name: str = "observable"

    def choose(self, state: VisitState, scores: Scores, *, now: int, rng: Chance) -> Choice:
        if scores.gains is None or scores.liabilities is None:
            return _none(reasons.NO_SCORE)
        best, most = NO_COUPON, self.floor
        for arm, (gain, liability) in enumerate(zip(scores.gains, scores.liabilities, strict=True)):
            worth = gain - self.budget_price * liability
            if arm != NO_COUPON and worth > most:
                best, most = arm, worth
        if best == NO_COUPON:
            return _none(reasons.NOT_WORTH_IT)
        return _offer(state, best, reasons.WORTH_IT)


def threshold_for(scores: Sequence[float], share: float) -> float:
    """The threshold that picks the top `share` (0 to 1) of `scores`, picking where score >= threshold.

    Equal scores are picked together or not at all, and the share picked is the nearest to `share` that this
    allows (the smaller of two as near); infinity picks nobody. ValueError for no scores, for one that is not a
    finite number and for another share.
    """
    values = np.asarray(scores, dtype=np.float64)
    if not values.size or not np.isfinite(values).all():
        raise ValueError("A threshold needs scores, and every one a finite number.")
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share: a number from 0 to 1 was expected.")
    levels, counts = np.unique(values, return_counts=True)
    picked = np.concatenate([[0], np.cumsum(counts[::-1])])
    nearest = int(np.argmin(np.abs(picked - share * values.size)))
    return float(levels[-nearest]) if nearest else inf
