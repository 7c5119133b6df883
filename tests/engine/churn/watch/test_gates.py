"""What must hold before a model of churn serves, on a few visits of the simulated mall."""

from dataclasses import replace
from functools import cache
from itertools import count

import churn_logs
import numpy as np
import pytest

from engine.churn import fit, serve
from engine.churn.columns import Words
from engine.churn.fit import LadderSettings, Trained
from engine.churn.serve import RiskModel
from engine.churn.watch import gates
from engine.churn.watch.gates import Gate
from engine.churn.windows import NEVER


@cache
def trained() -> Trained:
    settings = LadderSettings(rungs=("b0", "b3"), extra=1, bags=1)
    steps = fit.train(
        churn_logs.mall().log, seed=0, clock=churn_logs.Ticking(), settings=settings, until_ms=NEVER
    )
    return churn_logs.result(steps)


@cache
def model() -> RiskModel:
    return serve.load(trained().artefact)


def measured(found: Trained, *, champion: RiskModel | None = None, each: float = 1e-5) -> dict[str, Gate]:
    ticks = count()
    asked = gates.measure(found, model(), champion, clock=lambda: each * next(ticks))
    return {gate.name: gate for gate in asked}


def test_a_first_version_has_nobody_to_be_compared_with() -> None:
    loss = measured(trained())["log-loss"]

    assert (loss.figure, loss.holds, loss.note) == (None, True, "no version is in use to compare with")


def test_the_champion_answers_the_same_windows() -> None:
    assert measured(trained(), champion=model())["log-loss"].figure == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(("worse", "holds"), [(1.0, False), (0.0, True)], ids=["worse", "alike"])
def test_more_than_half_a_percent_worse_does_not_pass(worse: float, holds: bool) -> None:
    said = trained().said
    spoilt = replace(trained(), said=np.clip(said * (1 - worse) + worse * (1 - said), 0.01, 0.99))

    assert measured(spoilt, champion=model())["log-loss"].holds == holds


def test_the_served_answer_is_that_of_the_learner() -> None:
    found = measured(trained())["parity"]
    off = measured(replace(trained(), said=trained().said + 2e-5))["parity"]

    assert found.holds
    assert found.figure is not None
    assert found.figure <= 1e-5
    assert not off.holds


@pytest.mark.parametrize(("seconds", "holds"), [(0.0009, True), (0.0011, False)], ids=["quick", "slow"])
def test_an_answer_takes_at_most_a_millisecond(seconds: float, holds: bool) -> None:
    found = measured(trained(), each=seconds)["latency"]

    assert found.figure == pytest.approx(seconds)
    assert found.holds == holds


def test_what_chance_adds_to_the_calibration_error_is_taken_off_and_told() -> None:
    report = trained().report
    ece = report.pooled.model(report.chosen).metrics["ece"].value
    found = measured(trained())["calibration"]

    assert found.figure is not None
    assert found.figure < ece
    assert f"ECE {ece:.4f}" in found.note


def test_right_chances_show_about_what_chance_gives() -> None:
    said = np.random.default_rng(3).uniform(0.1, 0.9, 4_000)
    came = np.random.default_rng(4).random((50, 4_000)) < said
    order = np.argsort(said)
    shown = [
        sum(abs(said[rows].mean() - left[rows].mean()) * len(rows) for rows in np.array_split(order, 10))
        / 4_000
        for left in came
    ]

    assert np.mean(shown) == pytest.approx(gates._by_chance(said, 4_000), rel=0.1)


def test_another_model_reads_the_windows_in_its_own_words() -> None:
    windows = trained().test
    known = Words(windows.words.categories[:1], ())
    told = gates.translated(windows, known)

    assert told.words is known
    assert set(np.unique(told.steps[:, :, 1])) <= {0, 1}
    assert (told.steps[:, :, 1] == 1).sum() == (windows.steps[:, :, 1] == 1).sum()
    assert set(told.segment.tolist()) == {-1}
    assert (gates.translated(windows, windows.words).aggregates == windows.aggregates).all()
