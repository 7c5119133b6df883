"""The policies of a rehearsal, each learned and set before it meets the worlds in which it is compared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.contracts import Policy, RehearsalSettings
from engine.policy import baselines
from engine.simulate.mall.columns import DecisionColumns
from engine.simulate.rehearsal import models, thresholds
from engine.simulate.rehearsal.branches import Points
from engine.simulate.rehearsal.grounds import POINTS, SLICE, Check, Ground, arm_of
from engine.simulate.rehearsal.models import Ahead, ChanceModels, GainModels
from engine.simulate.rehearsal.thresholds import Visits

RISK_SHARE = 0.10  # the published rule treats the riskiest tenth
CHANCES = "chances"
FAMILIES = ("observable", "observable_second", "latent")
SCORED = ("published_rule", "propensity_first", "uplift_rank")
UNSET = ("none", "clairvoyant")  # nothing to learn or to set

Task = tuple[str, float]
"""A policy and its share of the budget."""

Learned = ChanceModels | GainModels


@dataclass(frozen=True, slots=True)
class Contest:
    """Policies that are ready to be compared, and the models that they ask."""

    settings: RehearsalSettings
    learned: Mapping[str, Learned]
    policies: Mapping[Task, Policy]
    spend_a_shopper_day: float  # of treat_all without a limit

    def budget_minor(self, rate: float) -> int:
        """The budget that is `rate` (0 to 1) of what treat_all would spend in a world of these settings."""
        return round(rate * self.spend_a_shopper_day * self.settings.shoppers * self.settings.days)

    def models_of(self, name: str) -> Ahead | None:
        """The models that the policy called `name` asks."""
        key = name if name in FAMILIES else CHANCES
        return Ahead(self.learned[key]) if name in (*FAMILIES, *SCORED) else None


def wanted(settings: RehearsalSettings) -> list[str]:
    """What has to be learned: the chances, the observable yardstick, and other yardsticks that are compared."""
    return [CHANCES, *(n for n in FAMILIES if n == "observable" or n in settings.policies)]


def ground_of(name: str) -> str:
    """The ground on which it is learned."""
    return SLICE if name == CHANCES else POINTS


def learn(settings: RehearsalSettings, name: str, ground: Ground) -> Learned:
    """One of `wanted`, from the ground that `ground_of` names. ValueError where that is too small."""
    if isinstance(ground, DecisionColumns):
        return models.fit_chances(ground, arm=arm_of(settings), seed=settings.first_seed)
    if not isinstance(ground, Points):
        raise TypeError(f"{name} is not learned from {type(ground).__name__}.")
    return models.fit_gains(
        ground, seed=settings.first_seed, latent=name == "latent", forest=name == "observable_second"
    )


def line_up(
    settings: RehearsalSettings, learned: Mapping[str, Learned], check: Check, tasks: list[Task]
) -> Contest:
    """Sets every policy so that it spends its budget on the check's points."""
    setter = _Setter(settings, learned, check)
    policies = {task: setter.policy(*task) for task in tasks if task[0] not in UNSET}
    return Contest(settings, learned, policies, setter.cost / check.shopper_days)


class _Setter:
    """What is known of the check's points: who comes first in a visit, and what the models say of them."""

    def __init__(self, settings: RehearsalSettings, learned: Mapping[str, Learned], check: Check) -> None:
        self._arm, self._learned = arm_of(settings), learned
        self._visits, self._inputs = Visits(check.points), models.wide(check.points)
        first = self._visits.first(np.arange(len(check.points)))
        self.cost = float(check.points.cost_minor[first, self._arm].sum())  # of treat_all without a limit
        said = learned[CHANCES].score_all(self._inputs)
        self._risk = [score.risk or 0.0 for score in said]
        self._propensity = np.array([score.propensity for score in said])
        self._uplift = np.array([score.uplift for score in said])

    def policy(self, name: str, rate: float) -> Policy:
        """The policy called `name`, set to spend `rate` of what treat_all would.

        The published rule treats the riskiest tenth, whatever that costs; treat_all everybody, until the budget
        is spent. KeyError for a name that is no policy of this kind.
        """
        arm, spend = self._arm, rate * self.cost / self._visits.count
        if name in FAMILIES:
            return self._by_gain(name, spend)
        if name == "random":
            chance = thresholds.random_rate(self._visits, arm=arm, spend=spend)
            return baselines.RandomPolicy(chance, (arm,))
        if name == "treat_all":
            return baselines.TreatAll(arm)
        if name == "published_rule":
            return baselines.PublishedRule(baselines.threshold_for(self._risk, RISK_SHARE), arm)
        if name == "propensity_first":
            level = thresholds.by_spend(self._visits, self._propensity, arm=arm, spend=spend)
            return baselines.PropensityFirst(level, arm)
        if name == "uplift_rank":
            level = thresholds.by_spend(self._visits, self._uplift, arm=arm, spend=spend)
            return baselines.UpliftRank(level, arm)
        raise KeyError(name)

    def _by_gain(self, name: str, spend: float) -> Policy:
        yardstick = self._learned[name]
        if not isinstance(yardstick, GainModels):
            raise TypeError(f"{name} was not learned from every arm's outcome.")
        gains, costs = yardstick.amounts(self._inputs)
        price, floor = thresholds.price_and_floor(self._visits, gains, costs, spend=spend)
        return baselines.ByGain(price, floor, name=name)
