"""The policies of a rehearsal, each learned and set before it meets the worlds in which it is compared."""

from collections.abc import Generator
from dataclasses import dataclass, fields, replace

import numpy as np

from engine.contracts import DEPTHS, Policy, Progress, RehearsalSettings
from engine.policy import baselines
from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats
from engine.simulate.history import Legacy
from engine.simulate.mall import days
from engine.simulate.mall.columns import DecisionColumns
from engine.simulate.mall.days import Mall, WorldSettings, open_mall
from engine.simulate.rehearsal import models, thresholds
from engine.simulate.rehearsal.branches import Points, collect
from engine.simulate.rehearsal.inloop import terms_of
from engine.simulate.rehearsal.models import Ahead, ChanceModels, GainModels
from engine.simulate.rehearsal.thresholds import Visits

RISK_SHARE = 0.10  # the published rule treats the riskiest tenth
LEARNING_SHOPPERS, LEARNING_DAYS, FULL_POINTS = 20_000, 60, 200_000
SLICE_SHOPPERS = 30_000
SMALLEST = 400  # shoppers of a world to learn from
FAMILIES = ("observable", "observable_second", "latent")
SCORED = ("published_rule", "propensity_first", "uplift_rank")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was learned, and the decision points of another world on which thresholds are set."""

    settings: RehearsalSettings
    chances: ChanceModels
    gains: dict[str, GainModels]  # by yardstick
    visits: Visits
    scores: dict[str, Floats]  # of the points: risk, propensity, uplift
    predicted: dict[str, tuple[Floats, Floats]]  # by yardstick: gains and costs of the points
    full_spend: float  # of treat_all without a limit, per visit that comes to a decision point
    spend_a_shopper_day: float  # the same, per shopper and day

    def budget_minor(self, rate: float) -> int:
        """The budget that is `rate` (0 to 1) of what treat_all would spend in a world of these settings."""
        return round(rate * self.spend_a_shopper_day * self.settings.shoppers * self.settings.days)


def arm_of(settings: RehearsalSettings) -> int:
    """The arm of the fixed baselines' coupon."""
    return DEPTHS.index(settings.depth) + 1


def prepare(settings: RehearsalSettings) -> Generator[Progress, None, Prepared]:
    """Three worlds of other seeds: a random slice, points to learn from, and points to set budgets on."""
    share, arm, seed = settings.training_points / FULL_POINTS, arm_of(settings), settings.first_seed
    slice_ = yield from _random_slice(_world(settings, "slice", SLICE_SHOPPERS * share), arm=arm)
    world, other = (_world(settings, name, LEARNING_SHOPPERS * share) for name in ("points", "check"))
    points = yield from collect(world, terms=terms_of(_one(world)), most=settings.training_points)
    check = yield from collect(other, terms=terms_of(_one(other)), most=settings.training_points // 2)
    wanted = [name for name in FAMILIES if name == "observable" or name in settings.policies]
    yield Progress("Learning", 0, 1 + len(wanted))
    chances = models.fit_chances(slice_, arm=arm, seed=seed)
    gains = {}
    for place, name in enumerate(wanted):
        yield Progress("Learning", 1 + place, 1 + len(wanted))
        gains[name] = models.fit_gains(
            points, seed=seed, latent=name == "latent", forest=name == "observable_second"
        )
    return _ready(settings, chances, gains, check, shopper_days=other.shoppers * (int(check.day.max()) + 1))


def _ready(
    settings: RehearsalSettings,
    chances: ChanceModels,
    gains: dict[str, GainModels],
    check: Points,
    *,
    shopper_days: int,
) -> Prepared:
    visits = Visits(check)
    cost = float(check.cost_minor[visits.first(np.arange(len(check))), arm_of(settings)].sum())
    inputs = models.wide(check)
    said = chances.score_all(inputs)
    scores = {
        name: np.array([getattr(score, name) for score in said]) for name in ("risk", "propensity", "uplift")
    }
    predicted = {name: yardstick.amounts(inputs) for name, yardstick in gains.items()}
    return Prepared(
        settings, chances, gains, visits, scores, predicted, cost / visits.count, cost / shopper_days
    )


def _world(settings: RehearsalSettings, name: str, shoppers: float) -> WorldSettings:
    """A world to learn from; its seed is none of those that are compared."""
    seed = draws.seed_word(settings.first_seed, name) >> 1
    size = max(SMALLEST, round(shoppers))
    return WorldSettings(size, LEARNING_DAYS, seed, margin_scale=settings.margin_scale)


def _one(world: WorldSettings) -> Mall:
    return open_mall(replace(world, shoppers=1))


def _random_slice(settings: WorldSettings, *, arm: int) -> Generator[Progress, None, DecisionColumns]:
    """Decisions of a mall in which chance alone chose between no coupon and the standard one."""
    mall = open_mall(settings)
    watch = Legacy(mall, random_share=1.0, arms=(0, arm))
    parts = []
    for day, ends, _ in days.run(mall, watch=watch):
        parts.append(watch.decisions(ends))
        yield Progress("The random slice", day + 1, settings.days)
    names = [field.name for field in fields(DecisionColumns)]
    return DecisionColumns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def models_of(prepared: Prepared, name: str) -> Ahead | None:
    """The models that the policy called `name` asks."""
    if name in FAMILIES:
        return Ahead(prepared.gains[name])
    return Ahead(prepared.chances) if name in SCORED else None


def policy_of(prepared: Prepared, name: str, *, rate: float) -> Policy:
    """The policy called `name`, set to spend `rate` of what treat_all would.

    The published rule treats the riskiest tenth, whatever that costs; treat_all everybody, until the budget
    is spent. KeyError for a name that is no policy of this kind.
    """
    arm, spend = arm_of(prepared.settings), rate * prepared.full_spend
    visits, scores = prepared.visits, prepared.scores
    if name in FAMILIES:
        gains, costs = prepared.predicted[name]
        price, floor = thresholds.price_and_floor(visits, gains, costs, spend=spend)
        return baselines.ByGain(price, floor, name=name)
    if name == "random":
        chance = thresholds.random_rate(visits, arm=arm, spend=spend)
        return baselines.RandomPolicy(chance, (arm,))
    if name == "treat_all":
        return baselines.TreatAll(arm)
    if name == "published_rule":
        return baselines.PublishedRule(baselines.threshold_for(scores["risk"].tolist(), RISK_SHARE), arm)
    if name == "propensity_first":
        level = thresholds.by_spend(visits, scores["propensity"], arm=arm, spend=spend)
        return baselines.PropensityFirst(level, arm)
    if name == "uplift_rank":
        return baselines.UpliftRank(thresholds.by_spend(visits, scores["uplift"], arm=arm, spend=spend), arm)
    raise KeyError(name)
