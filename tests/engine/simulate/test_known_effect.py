"""The world whose effect is known, visit by visit: what the random slice says of it is right as often as it says."""

from dataclasses import replace

import numpy as np
import pytest
import small_worlds

from engine.experiments import estimate
from engine.simulate.mall import days
from engine.simulate.mall.days import WorldSettings

WORLDS, ARMS = 100, small_worlds.ARMS
LIFT, TREATED = 0.3, 2
KNOWN = WorldSettings(shoppers=500, days=24, seed=20_000, known_lift=LIFT)
ORDINARY = WorldSettings(
    shoppers=1_000, days=24, seed=30_000
)  # twice the shoppers: a fifth of the slice is read


@pytest.fixture(scope="module")
def pairs():
    """By world: the slice, and each decision's purchase and contribution with and without a coupon."""
    turned = small_worlds.decide(
        small_worlds.Worlds(WORLDS, KNOWN), lambda arm: np.where(arm > 0, 0, TREATED)
    )
    return [potential(turned.of(world)) for world in range(WORLDS)]


@pytest.fixture(scope="module")
def treated_all():
    """By ordinary world: the slice, and what the standard coupon at every decision brings."""
    found = small_worlds.decide(small_worlds.Worlds(WORLDS, ORDINARY), lambda arm: np.full(len(arm), TREATED))
    return [found.of(world) for world in range(WORLDS)]


def potential(world):
    found = {}
    for name in ("bought", "value"):
        own, other = (
            getattr(world, name).astype(np.float64),
            getattr(world, f"other_{name}").astype(np.float64),
        )
        shown = world.arm > 0
        found[name] = (np.where(shown, own, other), np.where(shown, other, own))
    return world, found


def effect(both, name):
    with_, without = both[name]
    return with_.mean() - without.mean()


def observed(world, name):
    return getattr(world, name).astype(np.float64)


def difference(world, name):
    values = observed(world, name)
    return estimate.mean_difference(values[world.arm > 0], values[world.arm == 0])


def by_propensity(world, name):
    """Of all arms but the first together, less the first."""
    n = len(world.arm)
    chance = np.full(n, 1.0 / ARMS)
    treated = estimate.weights((world.arm > 0) / (ARMS - 1), chance)
    return estimate.ips(observed(world, name), treated - estimate.weights((world.arm == 0) * 1.0, chance))


def error(found):
    return (found.high - found.low) / 2 / estimate.Z


def test_a_coupon_turns_only_those_round_who_would_have_left_a_full_basket(pairs):
    with_, without = (np.concatenate([both["bought"][place] for _, both in pairs]) for place in (0, 1))
    arms = np.concatenate([world.arm for world, _ in pairs])

    assert (with_ >= without).all()
    assert 0.01 < with_.mean() - without.mean() < LIFT
    assert (with_ > without).sum() > 1_000
    shares = [(with_ > without)[arms == arm].mean() for arm in range(ARMS)]
    assert max(shares) - min(shares) < 0.02


def test_the_chance_of_the_turn_is_the_one_that_was_set():
    """Of those whose untreated visit ends with a full basket and no purchase, coupon in hand at the door."""
    settings = replace(KNOWN, shoppers=20_000, days=1)
    ends = []
    for arm in (0, TREATED):
        mall = days.open_mall(settings)
        watch = small_worlds.Slice(lambda arms, arm=arm: np.full(len(arms), arm))
        ends.append(next(iter(days.run(mall, watch=watch)))[1])
    without, with_ = ends
    could = (with_.arm > 0) & ~without.bought & (without.line_product >= 0).any(axis=1)
    turned = with_.bought & ~without.bought

    assert not (turned & ~could).any()
    assert abs(turned[could].mean() - LIFT) < 4 * np.sqrt(LIFT * (1 - LIFT) / could.sum())


def test_every_arm_does_the_same_there():
    outcomes = []
    for arm in range(1, ARMS):
        mall = days.open_mall(replace(KNOWN, shoppers=600, days=5))
        watch = small_worlds.Slice(lambda arms, arm=arm: np.full(len(arms), arm))
        outcomes.append(
            [e.bought.tobytes() + e.contribution_minor.tobytes() for _, e, _ in days.run(mall, watch=watch)]
        )

    assert outcomes[0] == outcomes[1] == outcomes[2] == outcomes[3]


@pytest.mark.parametrize("name", ["bought", "value"])
@pytest.mark.parametrize("estimator", [difference, by_propensity])
def test_the_true_average_effect_is_found_within_two_standard_errors(pairs, estimator, name):
    near = []
    for world, both in pairs:
        found = estimator(world, name)
        near.append(abs(found.value - effect(both, name)) <= 2 * error(found))

    assert np.mean(near) >= 0.93


def test_the_interval_of_the_difference_of_rates_covers_the_true_effect(pairs):
    covered = []
    for world, both in pairs:
        ours, theirs = world.bought[world.arm > 0], world.bought[world.arm == 0]
        found = estimate.rate_difference(
            int(ours.sum()), len(ours), control_hits=int(theirs.sum()), control_n=len(theirs)
        )
        covered.append(found.low <= effect(both, "bought") <= found.high)

    assert np.mean(covered) >= 0.92


def test_no_estimate_leans_to_one_side(pairs):
    """Over all worlds the mean error is within its own three standard errors."""
    for estimator in (difference, by_propensity):
        errors = [estimator(world, "bought").value - effect(both, "bought") for world, both in pairs]
        assert abs(np.mean(errors)) < 3 * np.std(errors, ddof=1) / np.sqrt(WORLDS)


@pytest.mark.parametrize("estimator", [estimate.ips, estimate.snips])
@pytest.mark.parametrize("name", ["bought", "net"])
def test_the_value_of_treating_everybody_is_covered_off_policy(treated_all, estimator, name):
    """In ordinary worlds, from the slice alone: purchases, and contribution after the coupon's cost."""
    covered = []
    for world in treated_all:
        weight = estimate.weights((world.arm == TREATED) * 1.0, np.full(len(world.arm), 1.0 / ARMS))
        if name == "bought":
            values, truth = world.bought, world.other_bought
        else:
            values, truth = world.value - world.cost, world.other_value - world.other_cost
        found = estimator(values.astype(np.float64), weight)
        covered.append(found.low is not None and found.low <= truth.mean() <= found.high)

    assert np.mean(covered) >= 0.92
