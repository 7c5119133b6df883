"""From outcomes to figures: paired world by world, intervals over the seeds, shares only where there is a whole."""

import numpy as np
import pytest
from scipy.stats import t as student

from engine.contracts import RehearsalSettings
from engine.simulate.rehearsal import comparison
from engine.simulate.rehearsal.comparison import Runs
from engine.simulate.rehearsal.inloop import Outcome

SETTINGS = RehearsalSettings(
    seeds=4, shoppers=100, days=3, policies=("random", "uplift_rank", "observable", "published_rule")
)
NONE = (100_000, 140_000, 60_000, 100_000)
GAINS = {
    "none": (0, 0, 0, 0),
    "random": (1_000, -500, 500, 200),
    "uplift_rank": (3_000, 2_000, 4_000, 3_200),
    "observable": (8_000, 6_000, 9_000, 7_000),
    "published_rule": (-1_000, -900, -1_100, -1_000),
}


def outcome(value, *, spend=(100, 50, 0), coupons=10):
    return Outcome(
        value_minor=value, spend_minor=sum(spend), coupons=coupons, redemptions=2, visits=200, bought=5,
        by_type=(4, 3, 2, 1) if coupons else (0, 0, 0, 0), spend_by_day=spend,
    )  # fmt: skip


def runs():
    return [
        Runs(
            seed,
            {name: outcome(NONE[seed] + gains[seed]) for name, gains in GAINS.items()},
            {("random", 0.1): outcome(NONE[seed] + 50), ("observable", 0.1): outcome(NONE[seed] + 500)}
            if seed < 2
            else {},
        )
        for seed in range(4)
    ]


@pytest.fixture
def report():
    return comparison.report(SETTINGS, 1_234.0, runs())


def row(report, name):
    return next(each for each in report.rows if each.name == name)


def test_value_and_gain_are_per_shopper_and_gain_is_paired(report):
    """The worlds differ by far more than the policies: unpaired, no gain could be seen."""
    found = row(report, "uplift_rank")
    assert found.value.value == pytest.approx((np.array(NONE) + GAINS["uplift_rank"]).mean() / 100)
    assert found.gain.value == pytest.approx(np.mean(GAINS["uplift_rank"]) / 100)
    half = student.ppf(0.975, 3) * np.std(GAINS["uplift_rank"], ddof=1) / 100 / 2
    assert (found.gain.low, found.gain.high) == pytest.approx(
        (found.gain.value - half, found.gain.value + half)
    )
    assert found.gain.low > 0 > found.value.low - np.mean(NONE) / 100


def test_the_share_is_of_the_observable_yardsticks_gain(report):
    assert row(report, "none").oracle_share.value == 0
    found = row(report, "observable").oracle_share
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))
    found = row(report, "uplift_rank").oracle_share
    assert found.value == pytest.approx(sum(GAINS["uplift_rank"]) / sum(GAINS["observable"]))
    assert found.low < found.value < found.high


def test_fiellers_interval_holds_the_ratio_as_often_as_it_says():
    """2,000 times ten pairs whose true ratio is a half, drawn with a fixed seed."""
    chance, held = np.random.default_rng(5), 0
    for _ in range(2_000):
        whole = chance.normal(4.0, 2.0, 10)
        found = comparison.share(0.5 * whole + chance.normal(0.0, 1.0, 10), whole)
        held += found is not None and found.low <= 0.5 <= found.high
    assert 0.935 < held / 2_000 < 0.965


@pytest.mark.parametrize("whole", [(-1.0, -2.0, -3.0), (0.0, 0.0, 0.0), (5.0, -4.0, 0.5)])
def test_there_is_no_share_of_what_is_not_clearly_above_nought(whole):
    assert comparison.share((1.0, 2.0, 3.0), whole) is None


def test_one_seed_has_no_interval():
    assert (comparison.mean([3.0]).low, comparison.mean([3.0]).high) == (None, None)
    assert comparison.share([1.0], [2.0]).low is None


def test_differences_are_paired_in_the_order_of_theory(report):
    found = report.paired["observable"]["uplift_rank"]
    difference = (np.array(GAINS["observable"]) - GAINS["uplift_rank"]) / 100
    assert found.value == pytest.approx(difference.mean())
    assert {better: set(worse) for better, worse in report.paired.items()} == {
        "observable": {"uplift_rank", "random"},
        "uplift_rank": {"random", "published_rule"},
        "random": {"published_rule"},
    }


def test_the_spend_path_adds_up_and_types_are_shares(report):
    found = row(report, "random")
    assert found.spend_path == (100.0, 150.0, 150.0)
    assert found.spend.value == 150.0
    assert sum(found.by_type.values()) == pytest.approx(1.0)


def test_the_curve_has_the_seeds_that_walked_it_and_the_rehearsed_budget(report):
    points = {(point.policy, point.budget_rate): point.gain.value for point in report.curve}
    assert points[("random", 0.1)] == pytest.approx(0.5)
    assert points[("observable", 0.1)] == pytest.approx(5.0)
    assert points[("observable", SETTINGS.budget_rate)] == pytest.approx(70.0)  # of the first two seeds
    assert len(points) == 4


def test_few_seeds_and_a_yardstick_without_gain_are_said(report):
    assert any("4 seeds are few" in note for note in report.notes)
    lost = [
        Runs(run.seed, run.outcomes | {"observable": outcome(NONE[run.seed] - 10)}, run.curve)
        for run in runs()
    ]
    found = comparison.report(SETTINGS, 1_234.0, lost)
    assert any("hold coupons back" in note for note in found.notes)
    assert row(found, "uplift_rank").oracle_share is None
