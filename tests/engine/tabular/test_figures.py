"""Figures of chances, each beside what is known of it."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from engine.tabular import figures
from engine.tabular.figures import Shares


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    chances = np.round(rng.beta(1, 4, 3000), 2)
    return (rng.random(3000) < chances).astype(np.int64), chances


def test_ranks_are_those_of_scikit_learn(rows):
    labels, chances = rows
    found = figures.figures(labels, chances, 0.3)

    assert found["roc_auc"] == pytest.approx(roc_auc_score(labels, chances))
    assert found["average_precision"] == pytest.approx(average_precision_score(labels, chances))
    assert found["f1"] == pytest.approx(f1_score(labels, chances >= 0.3))


def test_chances_that_are_true_are_calibrated(rows):
    found = figures.figures(*rows, 0.5)
    assert found["ece"] < 0.03
    assert found["calibration_slope"] == pytest.approx(1.0, abs=0.1)


def test_chances_that_are_too_bold_have_a_slope_below_one(rows):
    labels, chances = rows
    odds = np.clip(chances, 0.01, 0.99) / (1 - np.clip(chances, 0.01, 0.99))
    assert figures.calibration_slope(labels, odds**2 / (1 + odds**2)) == pytest.approx(0.5, abs=0.06)


def test_one_chance_for_all_has_no_slope(rows):
    assert np.isnan(figures.calibration_slope(rows[0], np.full(3000, 0.2)))


def test_the_threshold_is_the_best_of_all(rows):
    labels, chances = rows
    best = figures.best_threshold(labels, chances)
    others = [f1_score(labels, chances >= at) for at in np.unique(chances)]
    assert f1_score(labels, chances >= best) == max(others)


def test_overlapping_splits_widen_the_interval():
    values = [0.9, 0.91, 0.92, 0.93]
    narrow = figures.over_splits(values, Shares(train=10**9, test=1))
    wide = figures.over_splits(values, Shares(train=700, test=300))

    assert narrow.value == wide.value == pytest.approx(0.915)
    ratio = (wide.high - wide.value) / (narrow.high - narrow.value)
    assert ratio == pytest.approx(np.sqrt((1 / 4 + 3 / 7) / (1 / 4)))


def test_better_is_above_zero_whatever_the_figure(rows):
    labels, chances = rows
    good, flat = figures.figures(labels, chances, 0.3), figures.figures(labels, np.full(3000, 0.9), 0.3)
    gains = figures.better_by(good, flat)
    assert all(gains[name] > 0 for name in ("roc_auc", "average_precision", "brier", "log_loss", "ece"))
