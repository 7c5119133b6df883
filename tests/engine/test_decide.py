"""From a state to an offer, or to the reason for none."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from visit_events import DAY, TEN, Fixed, Says, Wants, add, state, view

from engine.contracts import Choice, Offer, Scores, Standing, Terms
from engine.decide import decide
from engine.policy import reasons
from engine.policy.baselines import ByGain, NoCoupon, PublishedRule, TreatAll, uniform
from engine.policy.purposes import CHANCE_ARM, CHANCE_ISSUE

TERMS = Terms(
    margins={"Shoes": 0.30},
    margin_floor=0.10,
    cap_minor=5_000,
    min_basket_minor=2_000,
    budget_left_minor=5_000,
)
SHOES = state(view("boot", "Shoes"), view("boot", "Shoes"), add("boot", "Shoes"))
NONE = (1.0, 0, 0, 0, 0)


def decided(seen=SHOES, *, policy=None, models=None, terms=TERMS, draws=None):
    return decide(seen, policy=policy or TreatAll(2), models=models, terms=terms, now=TEN, rng=Fixed(draws))


def test_an_offer_carries_the_terms():
    made = decided()

    assert made.offer == Offer("Shoes", 0.10, 5_000, 2_000, TEN + DAY)
    assert (made.arm, made.policy, made.reasons) == (2, "treat_all", (reasons.ALWAYS,))
    assert made.propensities == (0, 0, 1.0, 0, 0)


def test_no_decision_point_no_coupon():
    models = Says(Scores(risk=1.0))
    made = decided(state(view(), add()), policy=PublishedRule(0.5, 2), models=models)

    assert (made.offer, made.arm, made.reasons) == (None, 0, (reasons.NO_DECISION_POINT,))
    assert (made.propensities, made.scores, made.policy) == (NONE, Scores(), "published_rule")
    assert models.asked == 0


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (replace(TERMS, standing=Standing(is_bot=True, live_coupons=2)), (reasons.BOT, reasons.LIVE_COUPONS)),
        (replace(TERMS, budget_left_minor=4_999), (reasons.BUDGET_USED_UP,)),
        (replace(TERMS, standing=Standing(last_coupon_at=TEN - DAY)), (reasons.COOL_DOWN,)),
    ],
)
def test_what_the_house_refuses_asks_no_model(terms, why):
    models = Says(Scores(risk=1.0))
    made = decided(terms=terms, models=models)

    assert (made.offer, made.reasons, made.propensities) == (None, why, NONE)
    assert models.asked == 0


def test_scores_are_kept_with_the_decision():
    scores = Scores(risk=0.8)
    made = decided(policy=PublishedRule(0.7, 2), models=Says(scores))

    assert (made.arm, made.scores, made.reasons) == (2, scores, (reasons.RISK_HIGH,))


def test_without_models_a_policy_that_needs_a_score_offers_nothing():
    for policy in (PublishedRule(0.0, 2), ByGain(0.0, -1e9)):
        made = decided(policy=policy)
        assert (made.offer, made.reasons) == (None, (reasons.NO_SCORE,))


def test_a_policy_that_offers_nothing_says_so():
    assert decided(policy=NoCoupon()).reasons == (reasons.NEVER,)


@pytest.mark.parametrize(
    ("seen", "terms", "why"),
    [
        (SHOES, replace(TERMS, margin_floor=0.21), reasons.MARGIN_FLOOR),
        (SHOES, replace(TERMS, margins={}), reasons.MARGIN_UNKNOWN),
        (SHOES, replace(TERMS, standing=Standing(just_bought=frozenset({"Shoes"}))), reasons.JUST_BOUGHT),
        (state("page_view", "page_view", "cart_view"), TERMS, reasons.NO_CATEGORY),
    ],
)
def test_an_arm_that_is_refused_becomes_none_with_both_reasons(seen, terms, why):
    made = decided(seen, terms=terms)

    assert (made.offer, made.arm, made.propensities) == (None, 0, NONE)
    assert made.reasons == (reasons.ALWAYS, why)


@pytest.mark.parametrize("issue", [0.0, 0.9])
def test_the_chance_of_a_refused_arm_is_that_of_none(issue):
    floor = replace(TERMS, margin_floor=0.20)
    made = decided(policy=uniform(), terms=floor, draws={CHANCE_ISSUE: issue, CHANCE_ARM: 0.0})

    assert made.arm == (0 if issue else 1)
    assert made.propensities == pytest.approx((0.6, 0.2, 0.2, 0, 0))


def test_arms_come_out_as_often_as_recorded():
    luck, arms = np.random.default_rng(7), Counter()
    floor = replace(TERMS, margin_floor=0.15)
    for issue, which in luck.random((4_000, 2)).tolist():
        made = decided(policy=uniform(), terms=floor, draws={CHANCE_ISSUE: issue, CHANCE_ARM: which})
        arms[made.arm] += 1

    wanted = (0.4, 0.2, 0.2, 0.2, 0)
    assert made.propensities == pytest.approx(wanted)
    for arm, chance in enumerate(wanted):
        assert abs(arms[arm] - 4_000 * chance) <= 4 * (4_000 * chance * (1 - chance)) ** 0.5


@pytest.mark.parametrize("depths", [(0.1,), (0.05, 0.10), (0.05, 0.1, 0.15, 0.2, 0.2, 0.2)])
def test_propensities_have_one_number_for_each_arm(depths):
    policies = [NoCoupon(), TreatAll(1), uniform(len(depths))]
    for policy in policies:
        for seen in (SHOES, state(view())):
            made = decided(
                seen,
                policy=policy,
                terms=replace(TERMS, depths=depths),
                draws={CHANCE_ISSUE: 0.9, CHANCE_ARM: 0},
            )
            assert len(made.propensities) == len(depths) + 1
            assert sum(made.propensities) == pytest.approx(1)
            assert made.propensities[made.arm] > 0


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(5, "Shoes", (0.0,) * 5 + (1.0,), "x"), "an arm that is not there: there are 0 to 4"),
        (Choice(-1, "Shoes", NONE, "x"), "not there"),
        (Choice(0, "Shoes", (0.5, 0, 0, 0, 0, 0.5), "x"), "not there"),
        (Choice(2, "Shoes", NONE, "x"), "chose arm 2 and gives it no chance"),
        (Choice(2, "Shoes", (1.0,), "x"), "no chance"),
    ],
)
def test_a_choice_that_contradicts_itself_is_an_error(choice, words):
    with pytest.raises(ValueError, match=words):
        decided(policy=Wants(choice))


def test_an_error_of_a_model_or_a_policy_goes_to_the_caller():
    class Broken:
        name = "broken"

        def score(self, state):
            raise ZeroDivisionError

        def choose(self, state, scores, *, now, rng):
            raise LookupError

    with pytest.raises(ZeroDivisionError):
        decided(models=Broken())
    with pytest.raises(LookupError):
        decided(policy=Broken())


def test_the_same_question_has_the_same_answer():
    draws = {CHANCE_ISSUE: 0.3, CHANCE_ARM: 0.6}

    assert decided(policy=uniform(), draws=draws) == decided(policy=uniform(), draws=draws)
