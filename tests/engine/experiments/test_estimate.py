"""Differences and off-policy values: against published figures, by hand, and by how often intervals cover."""

import numpy as np
import pytest

from engine.experiments import estimate


@pytest.mark.parametrize(
    ("ours", "theirs", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_a_difference_of_rates_has_newcombes_interval(ours, theirs, low, high):
    """Newcombe, Statistics in Medicine 17 (1998), table II, method 10."""
    found = estimate.rate_difference(*ours, control_hits=theirs[0], control_n=theirs[1])

    assert found.value == pytest.approx(ours[0] / ours[1] - theirs[0] / theirs[1])
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_a_difference_of_rates_needs_rows_on_both_sides():
    with pytest.raises(ValueError, match="rows on both sides"):
        estimate.rate_difference(0, 0, control_hits=1, control_n=5)
    with pytest.raises(ValueError, match="rows on both sides"):
        estimate.rate_difference(1, 5, control_hits=0, control_n=0)


def test_a_difference_of_means_by_hand():
    found = estimate.mean_difference(np.array([1.0, 3.0]), np.array([0.0, 0.0, 3.0]))

    assert found.value == 1.0
    assert found.high - found.value == pytest.approx(1.959963984540054 * np.sqrt(2 / 2 + 3 / 3))
    assert found.value - found.low == pytest.approx(found.high - found.value)
    with pytest.raises(ValueError, match="two rows"):
        estimate.mean_difference(np.array([1.0]), np.array([0.0, 0.0]))


def test_weights_are_how_much_likelier_the_policy_would_have_done_it():
    assert estimate.weights(np.array([1.0, 0.0, 0.5]), np.array([0.2, 0.2, 1.0])).tolist() == [5.0, 0.0, 0.5]


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.2, float("nan")])
def test_a_row_without_a_propensity_is_refused(propensity):
    with pytest.raises(ValueError, match="propensity is a chance"):
        estimate.weights(np.ones(2), np.array([0.5, propensity]))


def test_effective_rows():
    assert estimate.effective_size(np.ones(40)) == pytest.approx(40)
    assert estimate.effective_size(np.array([5.0, 0, 0, 0, 0])) == 1.0
    assert estimate.effective_size(np.zeros(3)) == 0.0


def test_values_by_hand():
    """Arm 1 with chance 1/4 for everybody: the 60 rows that got it stand for all 240."""
    arm = np.tile([0, 0, 0, 1], 60)
    value = np.where(arm == 1, np.arange(240.0) % 12, 99.0)
    weight = estimate.weights((arm == 1) * 1.0, np.full(240, 0.25))

    assert estimate.ips(value, weight).value == pytest.approx(value[arm == 1].mean())
    assert estimate.snips(value, weight).value == pytest.approx(value[arm == 1].mean())


def test_snips_does_not_move_with_the_scale_of_the_values_start():
    """A constant added to every value is added to the estimate, whatever the weights happen to sum to."""
    rng = np.random.default_rng(20)
    weight = rng.integers(0, 2, 500) * 2.2
    value = rng.normal(size=500)

    plain, moved = estimate.snips(value, weight), estimate.snips(value + 100.0, weight)

    assert moved.value - plain.value == pytest.approx(100.0)
    assert moved.high - moved.low == pytest.approx(plain.high - plain.low)


@pytest.mark.parametrize("estimator", [estimate.ips, estimate.snips])
def test_poor_overlap_is_refused_in_words(estimator):
    weight = np.zeros(10_000)
    weight[:49] = 3.0
    with pytest.raises(estimate.PoorOverlap, match="worth 49 decisions of this policy; at least 50"):
        estimator(np.ones(10_000), weight)
    weight[49] = 3.0
    estimator(np.arange(10_000.0), weight)


@pytest.mark.parametrize("estimator", [estimate.ips, estimate.snips])
def test_where_all_rows_say_the_same_no_error_can_be_told(estimator):
    found = estimator(np.zeros(200), np.ones(200))

    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_the_interval_leans_to_the_side_of_the_rare_and_dear():
    value = np.zeros(300)
    value[:6] = [10, 20, 40, 80, 300, 900]

    found = estimate.ips(value, np.ones(300))

    assert found.low > 0
    assert found.high - found.value > 1.5 * (found.value - found.low)


@pytest.mark.parametrize("estimator", [estimate.ips, estimate.snips])
def test_intervals_of_rare_and_dear_values_cover(estimator):
    """One in twenty buys, for a lognormal sum: here the normal interval covers 80 %, Hall's 95 %."""
    rng, truth = np.random.default_rng(7), 0.05 * np.exp(1.2**2 / 2)
    covered, normal, runs = 0, 0, 1_500
    for _ in range(runs):
        arm = rng.random(800) < 0.25
        value = np.where(rng.random(800) < 0.05, np.exp(1.2 * rng.normal(size=800)), 0.0)
        found = estimator(value, estimate.weights(arm * 1.0, np.full(800, 0.25)))
        covered += found.low is not None and found.low <= truth <= found.high
        ours = value[arm]
        normal += abs(ours.mean() - truth) <= 1.96 * ours.std(ddof=1) / np.sqrt(len(ours))

    assert covered / runs >= 0.92
    assert normal / runs < 0.90


@pytest.mark.parametrize("estimator", [estimate.ips, estimate.snips])
def test_rows_of_one_unit_are_not_independent(estimator):
    """Ten rows of each shopper that all say the same are one row ten times."""
    rng = np.random.default_rng(21)
    own, arm = rng.random(400), rng.random(400) < 0.5
    units = np.repeat(np.arange(400), 10)
    weight = estimate.weights(arm * 1.0, np.full(400, 0.5))

    once = estimator(own, weight)
    blind = estimator(np.repeat(own, 10), np.repeat(weight, 10))
    seeing = estimator(np.repeat(own, 10), np.repeat(weight, 10), units=units)

    assert seeing.low == pytest.approx(once.low)
    assert seeing.high == pytest.approx(once.high)
    assert blind.high - blind.low < 0.4 * (seeing.high - seeing.low)
