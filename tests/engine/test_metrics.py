"""Figures against hand-made tables, scikit-learn and scipy."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from engine import metrics

MATRIX = ((50, 10), (5, 35))


def labels(matrix=MATRIX):
    pairs = [(t, s) for t in (0, 1) for s in (0, 1) for _ in range(matrix[t][s])]
    true, said = np.array(pairs).T
    return true, said


def test_confusion_counts_and_adds():
    true, said = labels()
    assert metrics.confusion(true, said) == MATRIX
    assert metrics.add([MATRIX, ((1, 2), (3, 4))]) == ((51, 12), (8, 39))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (metrics.accuracy, reference.accuracy_score),
        (metrics.balanced_accuracy, reference.balanced_accuracy_score),
        (metrics.precision, reference.precision_score),
        (metrics.recall, reference.recall_score),
        (metrics.f1, reference.f1_score),
    ],
)
def test_values_are_scikit_learns_and_lie_in_their_interval(ours, theirs):
    measure = ours(MATRIX)
    assert measure.value == pytest.approx(theirs(*labels()))
    assert 0 <= measure.low < measure.value < measure.high <= 1


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 17), (540, 1000)])
def test_wilson_is_scipys(hits, n):
    wanted = stats.binomtest(hits, n).proportion_ci(method="wilson")
    measure = metrics.proportion(hits, n)
    assert (measure.low, measure.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_nothing_counted_says_nothing():
    assert metrics.precision(((5, 0), (5, 0))).to_json() == {"value": 0.0, "ci": [0.0, 1.0]}


def test_auc_is_scikit_learns_with_ties():
    rng = np.random.default_rng(1)
    true, scores = rng.integers(0, 2, 300), rng.integers(0, 6, 300) / 5
    value, variance = metrics.auc_with_variance(true, scores)
    assert value == pytest.approx(reference.roc_auc_score(true, scores))
    assert 0 < variance < 0.01


def test_auc_interval_covers_the_truth_about_19_times_in_20():
    rng, covered = np.random.default_rng(2), 0
    truth = stats.norm.cdf(1 / np.sqrt(2))
    for _ in range(300):
        true = np.repeat([0, 1], 60)
        measure = metrics.auc_measure([metrics.auc_with_variance(true, rng.normal(true, 1.0))])
        covered += measure.low <= truth <= measure.high
    assert 0.90 <= covered / 300 <= 0.985


def test_auc_needs_both_classes():
    with pytest.raises(ValueError, match="both classes"):
        metrics.auc_with_variance(np.ones(4), np.arange(4.0))


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 9), (9, 0), (30, 12), (500, 470), (60_000, 59_000)])
def test_sign_test_is_the_binomial_tail(b, c):
    wanted = stats.binomtest(b, b + c, alternative="greater").pvalue if b + c else 1.0
    assert metrics.sign_test(b, c) == pytest.approx(wanted, rel=1e-6)


def test_against_majority_counts_the_rows_only_one_has_right():
    assert metrics.against_majority(MATRIX, 1) == (50, 5)
    assert metrics.against_majority(MATRIX, 0) == (35, 10)


def test_paired_gain_is_the_difference_of_accuracies():
    gain = metrics.paired_gain(50, 5, 100)
    assert gain.value == pytest.approx(0.45)
    assert 0.3 < gain.low < 0.45 < gain.high < 0.6


def test_holm_stops_at_the_first_that_does_not_pass():
    assert metrics.holm([0.04, 0.001, 0.03]) == [False, True, False]
    assert metrics.holm([0.01, 0.02, 0.04]) == [True, True, True]
