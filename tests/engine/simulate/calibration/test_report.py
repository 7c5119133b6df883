"""The mall beside its bands: small runs are not called wrong for being small, and a wrong mall is called wrong."""

import json
from math import isfinite

import pytest

from engine.simulate import calibration
from engine.simulate.calibration import BANDS, ERRORS
from engine.simulate.mall import laws
from engine.simulate.mall.days import WorldSettings

FEW_DRAWS = 200


def told(settings):
    """The report on these settings, and the steps on the way to it."""
    steps, found = calibration.report(settings, filter_draws=FEW_DRAWS), []
    while True:
        try:
            found.append(next(steps))
        except StopIteration as end:
            return end.value, found


@pytest.fixture(scope="module")
def small():
    return told(WorldSettings(shoppers=1_500, days=20, seed=81))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("shoppers", "days"), [(1, 1), (5, 2), (40, 5), (150, 10)])
def test_a_run_that_knows_little_is_within_three_errors(shoppers, days, seed):
    report, _ = told(WorldSettings(shoppers=shoppers, days=days, seed=seed))
    assert report.holds, report.lines()
    assert json.loads(json.dumps(report.to_json(), allow_nan=False))["holds"] is True


def test_no_error_is_nought_because_nothing_was_seen():
    report, _ = told(WorldSettings(shoppers=40, days=5, seed=1))
    conversion = report.figure("visit_conversion")
    assert (conversion.value, conversion.holds) == (0.0, True)
    assert conversion.standard_error == pytest.approx((0.02 * 0.98 / report.visits) ** 0.5)
    assert report.notes[0].startswith("0 visits buy; from 20 on")


def test_figures_and_bands_agree_with_their_verdicts(small):
    report, _ = small
    assert report.holds
    assert set(BANDS) <= {figure.name for figure in report.figures}
    for figure in report.figures:
        assert isfinite(figure.value)
        assert figure.standard_error > 0
        if figure.holds is not None:
            low = -float("inf") if figure.low is None else figure.low
            high = float("inf") if figure.high is None else figure.high
            slack = ERRORS * figure.standard_error
            assert figure.holds == (low - slack <= figure.value <= high + slack)


def test_the_filter_stands_beside_boosting_on_the_same_visits(small):
    report, _ = small
    names = [figure.name for figure in report.figures]
    assert {"auc_bayes_filter", "auc_gradient_boosting_same_visits", "log_loss_gain_bayes_filter"} <= set(
        names
    )
    assert any("the Bayes filter for" in note for note in report.notes)
    table = "\n".join(report.lines())
    assert all(name in table for name in names)


def test_progress_counts_the_days_of_both_runs(small):
    _, steps = small
    assert [step.done for step in steps if step.stage == "Without coupons"] == list(range(1, 21))
    assert [step.done for step in steps if step.stage == "A coupon for everybody"] == list(range(1, 21))


@pytest.mark.parametrize(
    ("law", "factor", "figure"),
    [
        ("BUY_HAZARD", 6.0, "visit_conversion"),
        ("VISIT_RATE", 2.0, "visits_per_shopper_60_days"),
        ("RESPONSE", 6.0, "lift_of_10_percent"),
    ],
)
def test_another_mall_is_found_out(monkeypatch, law, factor, figure):
    monkeypatch.setattr(laws, law, getattr(laws, law) * factor)
    report, _ = told(WorldSettings(shoppers=700, days=15, seed=81))
    assert report.figure(figure).holds is False
    assert not report.holds
