"""Each policy in a table: what it sees, what it wants."""

from math import inf, nan

import pytest
from visit_events import TEN, Fixed, state, view

from engine.contracts import Scores
from engine.policy import reasons
from engine.policy.baselines import (
    ByGain,
    NoCoupon,
    PropensityFirst,
    PublishedRule,
    RandomPolicy,
    TreatAll,
    UpliftRank,
    threshold_for,
    uniform,
)
from engine.policy.purposes import CHANCE_ARM, CHANCE_ISSUE

SHOES = state(view("boot", "Shoes"))
NONE, SECOND_ARM = (1.0, 0, 0, 0, 0), (0, 0, 1.0, 0, 0)


def choose(policy, scores=None, draws=None):
    return policy.choose(SHOES, scores or Scores(), now=TEN, rng=Fixed(draws))


def gains(*numbers, cost=10.0):
    return Scores(gains=numbers, liabilities=(0.0, *(cost * arm for arm in range(1, len(numbers)))))


@pytest.mark.parametrize(
    ("policy", "name", "scores", "arm", "reason"),
    [
        (NoCoupon(), "none", Scores(risk=1.0), 0, reasons.NEVER),
        (TreatAll(2), "treat_all", Scores(), 2, reasons.ALWAYS),
        (PublishedRule(0.7, 2), "published_rule", Scores(risk=0.7), 2, reasons.RISK_HIGH),
        (PublishedRule(0.7, 2), "published_rule", Scores(risk=0.69), 0, reasons.RISK_LOW),
        (PublishedRule(0.7, 2), "published_rule", Scores(propensity=0.9), 0, reasons.NO_SCORE),
        (PropensityFirst(0.1, 2), "propensity_first", Scores(propensity=0.2), 2, reasons.PROPENSITY_HIGH),
        (PropensityFirst(0.1, 2), "propensity_first", Scores(propensity=0.0), 0, reasons.PROPENSITY_LOW),
        (PropensityFirst(0.1, 2), "propensity_first", Scores(risk=0.9), 0, reasons.NO_SCORE),
        (UpliftRank(0.0, 2), "uplift_rank", Scores(uplift=0.0), 2, reasons.UPLIFT_HIGH),
        (UpliftRank(0.0, 2), "uplift_rank", Scores(uplift=-0.01), 0, reasons.UPLIFT_LOW),
        (UpliftRank(0.0, 2), "uplift_rank", Scores(risk=0.9), 0, reasons.NO_SCORE),
        (ByGain(0.0, 0.0), "observable", gains(0, 5, 8, 7, 6), 2, reasons.WORTH_IT),
        (ByGain(0.0, 8.0), "observable", gains(0, 5, 8, 7, 6), 0, reasons.NOT_WORTH_IT),
        (ByGain(0.2, 0.0), "observable", gains(0, 2, 5, 4, 4), 2, reasons.WORTH_IT),
        (ByGain(1.0, 0.0), "observable", gains(0, 5, 8, 7, 6), 0, reasons.NOT_WORTH_IT),
        (ByGain(0.0, 0.0), "observable", gains(0, -1, 8, 8, 8), 2, reasons.WORTH_IT),
        (ByGain(0.0, -5.0), "observable", gains(0, -9, -4, -9, -9), 2, reasons.WORTH_IT),
        (ByGain(0.0, 0.0), "observable", Scores(gains=(0.0, 9.0)), 0, reasons.NO_SCORE),
        (ByGain(0.0, 0.0, name="latent"), "latent", gains(0, 0, 1), 2, reasons.WORTH_IT),
    ],
)
def test_what_a_policy_wants(policy, name, scores, arm, reason):
    choice = choose(policy, scores)

    assert policy.name == name
    assert (choice.arm, choice.reason) == (arm, reason)
    assert (choice.category, choice.propensities) == (("Shoes", SECOND_ARM) if arm else ("", NONE))


@pytest.mark.parametrize(
    ("issue", "which", "arm"),
    [(0.0, 0.0, 1), (0.29, 0.49, 1), (0.29, 0.5, 3), (0.1, 0.999, 3), (0.3, 0.0, 0)],
)
def test_chance_issues_and_chance_picks(issue, which, arm):
    choice = choose(RandomPolicy(0.3, (1, 3)), draws={CHANCE_ISSUE: issue, CHANCE_ARM: which})

    assert (choice.arm, choice.category) == (arm, "Shoes")
    assert choice.propensities == pytest.approx((0.7, 0.15, 0, 0.15, 0))
    assert choice.reason == (reasons.DRAWN if arm else reasons.NOT_DRAWN)


@pytest.mark.parametrize(
    ("issue", "which", "arm"),
    [(0.79, 0.0, 1), (0.0, 0.26, 2), (0.0, 0.51, 3), (0.0, 0.99, 4), (0.81, 0.0, 0)],
)
def test_exploration_is_uniform_over_all_arms(issue, which, arm):
    choice = choose(uniform(), draws={CHANCE_ISSUE: issue, CHANCE_ARM: which})

    assert choice.arm == arm
    assert choice.propensities == pytest.approx((0.2,) * 5)
    assert uniform().name == "uniform"


def test_the_bounds_of_chance():
    assert choose(RandomPolicy(0, (1,)), draws={CHANCE_ISSUE: 0.0}).arm == 0
    assert choose(RandomPolicy(1, (1,)), draws={CHANCE_ISSUE: 0.999999, CHANCE_ARM: 0.0}).arm == 1


def test_a_deeper_arm_than_usual_is_possible():
    assert choose(TreatAll(6)).propensities == (0, 0, 0, 0, 0, 0, 1.0)
    assert sum(choose(uniform(6), draws={CHANCE_ISSUE: 0, CHANCE_ARM: 0.99}).propensities) == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TreatAll(0),
        lambda: PublishedRule(0.5, 0),
        lambda: PropensityFirst(0.5, -1),
        lambda: UpliftRank(0.5, 0),
        lambda: RandomPolicy(0.5, ()),
        lambda: RandomPolicy(0.5, (0, 1)),
        lambda: RandomPolicy(0.5, (1, 1)),
        lambda: RandomPolicy(1.5, (1,)),
        lambda: choose(ByGain(0, 0), Scores(gains=(0.0, 1.0), liabilities=(0.0,))),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


@pytest.mark.parametrize(
    ("scores", "share", "threshold"),
    [
        (range(10), 0.1, 9.0),
        (range(10), 0.3, 7.0),
        (range(10), 0.0, inf),
        (range(10), 1.0, 0.0),
        ([1, 2, 2, 2, 2, 2, 2, 2, 2, 3], 0.1, 3.0),
        ([1, 2, 2, 2, 2, 2, 2, 2, 2, 3], 0.6, 2.0),
        ([2, 2, 2, 2], 0.1, inf),
        ([1, 2], 0.25, inf),
    ],
)
def test_the_threshold_of_the_top_share(scores, share, threshold):
    assert threshold_for(scores, share) == threshold


@pytest.mark.parametrize(("scores", "share"), [([], 0.1), ([1.0, nan], 0.1), ([1.0], 1.1), ([1.0], -0.1)])
def test_a_threshold_of_nothing_is_refused(scores, share):
    with pytest.raises(ValueError, match=r"scores|share"):
        threshold_for(scores, share)
