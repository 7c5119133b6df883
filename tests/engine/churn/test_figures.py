"""Figures with intervals by shopper, and their paired differences."""

from dataclasses import replace

import churn_logs
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from engine.churn.ladder import figures
from engine.churn.ladder.bound import Bound, shares
from engine.churn.ladder.figures import Slice

RNG = np.random.default_rng(5)


def part_of(rare: int = 1) -> tuple[Slice, np.ndarray]:
    windows = churn_logs.mall_windows()
    part = Slice.of(windows, seed=1, rare=rare)
    churn = np.clip(0.95 - 0.2 * part.bought + RNG.normal(0, 0.1, len(windows)), 0.01, 0.99).round(2)
    return part, churn


def test_figures_are_those_of_scikit_learn() -> None:
    part, churn = part_of()
    found = figures.terms_of(part, churn)
    bought = part.bought

    assert found["log_loss"].value == pytest.approx(log_loss(bought, 1 - churn))
    assert found["brier"].value == pytest.approx(brier_score_loss(bought, 1 - churn))
    assert found["roc_auc"].value == pytest.approx(roc_auc_score(bought, 1 - churn))
    assert found["pr_auc"].value == pytest.approx(average_precision_score(bought, 1 - churn))


def test_for_the_exit_the_exit_is_what_is_found() -> None:
    part, churn = part_of(rare=0)

    assert figures.terms_of(part, churn)["pr_auc"].value == pytest.approx(
        average_precision_score(1 - part.bought, churn)
    )


def test_windows_of_one_shopper_say_less_than_those_of_many() -> None:
    each, weight = RNG.normal(size=1_000), np.ones(1_000)
    many = figures.mean(each, weight, np.arange(1_000))
    few = figures.mean(np.repeat(each[:100], 10), weight, np.repeat(np.arange(100), 10))

    assert many.error == pytest.approx(each.std() / np.sqrt(1_000), rel=0.01)
    assert few.error > 2 * many.error


def test_the_interval_of_the_auc_holds_what_is_true() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        bought = np.repeat(rng.random(100) < 0.3, 3)
        who = np.repeat(np.arange(100), 3)
        churn = np.repeat(rng.random(100), 3)  # a shopper's windows are all alike, and say nothing
        part = Slice(_windows(bought), who, who % 20, 1)
        measure = figures._auc(part, churn).measure()
        held += bool((measure.low or 0) <= 0.5 <= (measure.high or 1))

    assert held >= 180


def _windows(bought: np.ndarray) -> object:
    some = churn_logs.mall_windows().take(np.arange(len(bought)))
    return replace(some, bought=bought.astype(np.int8))


def test_what_two_rungs_have_in_common_cancels() -> None:
    part, churn = part_of()
    one = figures.terms_of(part, churn)
    other = figures.terms_of(part, np.clip(churn + 0.001, 0.01, 0.99))

    for name in ("log_loss", "roc_auc", "pr_auc", "brier"):
        assert one[name].less(other[name]).error < 0.5 * one[name].error
        assert one[name].less(one[name]).error == 0.0


def test_the_slope_of_what_is_said_twice_too_surely_is_a_half() -> None:
    part, _ = part_of()
    rng = np.random.default_rng(7)
    odds = rng.normal(0, 1, len(part.windows))
    bought = (rng.random(len(odds)) > 1 / (1 + np.exp(-odds))).astype(np.int8)
    part = replace(part, windows=replace(part.windows, bought=bought))
    slope = figures.slope(part, 1 / (1 + np.exp(-2 * odds)))

    assert slope is not None
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low < 0.5 < slope.high < 1.0


def test_early_warning_is_from_the_first_window_above_to_the_end() -> None:
    made = churn_logs.made(churn_logs.log("page_view " * 10, "page_view " * 10), at=("3", "5", "10"))
    part = Slice.of(made, seed=1)
    warned = figures.early_warning(part, np.array([0.1, 0.9, 0.9, 0.9, 0.1, 0.9]), 0.5)

    assert warned is not None
    assert warned.value == (50 + 70) / 2
    assert figures.early_warning(part, np.full(6, 0.1), 0.5) is None


def test_who_knows_all_that_can_be_known_has_all_of_the_gain() -> None:
    part, churn = part_of()
    best = RNG.uniform(0.6, 0.99, len(part.windows))
    said = {
        "b0": np.full(len(best), best.mean()),
        "all": best,
        "some": (best + best.mean()) / 2,
        "none": churn,
    }
    known = Bound(np.where(np.arange(len(best)) % 3, 1 - best, np.nan))
    found = shares(known, np.ones(len(best), dtype=bool), part, said)

    assert found["b0"]["bayes_share"].value == 0.0
    assert found["all"]["bayes_share"].value == pytest.approx(1.0)
    assert 0.5 < found["some"]["bayes_share"].value < 1.0
    assert found["none"]["bayes_share"].value < 0.5
    assert shares(Bound(np.full(len(best), np.nan)), np.ones(len(best), dtype=bool), part, said) == {}
