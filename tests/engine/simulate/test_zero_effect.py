"""The world in which coupons do nothing: nothing is what the random slice finds there, and what a policy does."""

from dataclasses import fields, replace

import numpy as np
import pytest
import small_worlds

from engine.contracts import Scores
from engine.experiments import estimate
from engine.policy.baselines import ByGain
from engine.simulate import history
from engine.simulate.mall import days
from engine.simulate.mall.days import WorldSettings
from engine.visit import empty

WORLDS, ARMS = 300, small_worlds.ARMS
SETTINGS = WorldSettings(shoppers=500, days=30, seed=10_000, effect=0.0)
DEAR_MINOR = 20_000  # three purchases in four are below
SIMULTANEOUS = 2.5  # standard errors: one-sided 5 % over eight comparisons


@pytest.fixture(scope="module")
def decided():
    found = small_worlds.decide(small_worlds.Worlds(WORLDS, SETTINGS))
    return [found.of(world) for world in range(WORLDS)]


def shown_and_not(world, arm, column):
    return column[world.arm == arm].astype(np.float64), column[world.arm == 0].astype(np.float64)


def share_covering_zero(intervals):
    return np.mean([found.low <= 0.0 <= found.high for found in intervals])


def rates(world, arm):
    ours, theirs = shown_and_not(world, arm, world.bought)
    return estimate.rate_difference(
        int(ours.sum()), len(ours), control_hits=int(theirs.sum()), control_n=len(theirs)
    )


@pytest.mark.parametrize("crosstalk", [False, True])
def test_every_click_and_purchase_is_the_same_with_and_without_coupons(crosstalk):
    """Waiting for coupons, irritation, a coupon's category, what is left for later visits: all of it is off."""
    settings = replace(SETTINGS, shoppers=800, days=12, crosstalk=crosstalk)
    ends, coupons = [], 0
    for turned in (np.zeros_like, lambda arm: np.full(len(arm), 4), None):
        mall = days.open_mall(settings)
        trails = list(days.run(mall, watch=small_worlds.Slice(turned), keep=True))
        coupons += sum(int((end.arm > 0).sum()) for _, end, _ in trails)
        ends.append((trails, mall.level.tobytes(), mall.bought_day.tobytes()))
    none, all_, _ = ends

    assert coupons > 500
    for other in ends[1:]:
        assert other[1:] == none[1:]
        for (_, end, trail), (_, their_end, their_trail) in zip(none[0], other[0], strict=True):
            for field in fields(end):
                if field.name not in {"arm", "offered", "shown", "redeemed", "cost_minor"}:
                    assert getattr(end, field.name).tobytes() == getattr(their_end, field.name).tobytes()
            assert [clicks(t) for t in trail] == [clicks(t) for t in their_trail]
    assert sum(end.cost_minor.sum() for _, end, _ in all_[0]) > 0


def clicks(trail):
    seen = [getattr(trail.clicks, name).tobytes() for name in ("kind", "product", "category", "quantity")]
    return [*seen, trail.visit.tobytes(), trail.at_ms.tobytes()]


def test_a_world_with_effects_is_not_the_same_with_and_without_coupons():
    bought = []
    for arm in (0, 4):
        mall = days.open_mall(replace(SETTINGS, shoppers=800, days=12, effect=1.0))
        watch = small_worlds.Slice(lambda arms, arm=arm: np.full(len(arms), arm))
        bought.append([int(ends.bought.sum()) for _, ends, _ in days.run(mall, watch=watch)])

    assert bought[0] != bought[1]


def test_worlds_that_are_walked_together_are_those_that_are_walked_alone():
    """Else the worlds of these tests were others than those of history, with its fold and its decision points."""
    settings = replace(SETTINGS, shoppers=300, days=6, effect=1.0)
    together = small_worlds.decide(small_worlds.Worlds(3, settings))
    for world in range(3):
        mall = days.open_mall(replace(settings, seed=settings.seed + world))
        legacy = history.Legacy(mall, random_share=1.0)
        alone = [legacy.decisions(ends) for _, ends, _ in days.run(mall, watch=legacy)]
        ours = together.of(world)
        columns = (
            (ours.arm, "arm"),
            (ours.bought, "bought"),
            (ours.value, "value_minor"),
            (ours.cost, "cost_minor"),
        )

        assert len(ours.arm) > 50
        rows = sorted(zip(*(column.tolist() for column, _ in columns), strict=True))
        assert rows == sorted(
            zip(
                *(np.concatenate([getattr(d, name) for d in alone]).tolist() for _, name in columns),
                strict=True,
            )
        )


@pytest.mark.parametrize("arm", range(1, ARMS))
def test_the_interval_of_conversion_covers_zero_as_often_as_it_says(decided, arm):
    assert abs(share_covering_zero([rates(world, arm) for world in decided]) - 0.95) <= 0.03


@pytest.mark.parametrize("arm", range(1, ARMS))
def test_the_interval_of_contribution_covers_zero_as_often_as_it_says(decided, arm):
    """Before the coupon's cost: a coupon that does nothing is paid all the same. Dear purchases count as 200.00:
    with a handful of purchases an arm one television decides the mean, and an interval that knows no more than
    the spread is then too wide. Of all that was bought it must not be too narrow."""
    capped = [
        estimate.mean_difference(
            *(np.minimum(side, DEAR_MINOR) for side in shown_and_not(world, arm, world.value))
        )
        for world in decided
    ]
    whole = [estimate.mean_difference(*shown_and_not(world, arm, world.value)) for world in decided]

    assert abs(share_covering_zero(capped) - 0.95) <= 0.03
    assert share_covering_zero(whole) >= 0.92


def share_of_coupons(worlds):
    """How many decisions of these worlds get a coupon from a policy that issues where a gain is sure: of each
    world's own slice, by arm and by whether the basket holds something, the gain's lower bound."""
    policy, state, issued, seen = ByGain(budget_price=0.0, floor=0.0), empty("v", "s"), 0, 0
    for world in worlds:
        for filled in (False, True):
            part = (world.lines > 0) == filled
            gains = (0.0, *(sure_gain(world, arm, part) for arm in range(1, ARMS)))
            choice = policy.choose(state, Scores(gains=gains, liabilities=(0.0,) * ARMS), now=0, rng=None)
            issued += int(part.sum()) * (choice.arm > 0)
            seen += int(part.sum())
    return issued / seen


def sure_gain(world, arm, part):
    net = (world.value - world.cost).astype(np.float64)
    found = estimate.mean_difference(net[part & (world.arm == arm)], net[part & (world.arm == 0)])
    return found.value - SIMULTANEOUS * (found.high - found.value) / estimate.Z


def test_a_policy_that_needs_a_gain_issues_almost_nothing(decided):
    assert share_of_coupons(decided) <= 0.01


def test_and_it_issues_where_there_is_one():
    """The same policy in worlds where a coupon keeps six of ten who would leave a full basket."""
    settings = replace(SETTINGS, shoppers=5_000, days=6, known_lift=0.6)
    found = small_worlds.decide(small_worlds.Worlds(8, settings))

    assert share_of_coupons([found.of(world) for world in range(8)]) > 0.1
