"""Every rung that is no net: chances, the same for the same seed, no trace left, and served as it was learnt."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import churn_logs
import numpy as np
import pytest

from engine.churn import splits
from engine.churn.answers import scorers
from engine.churn.rungs import boosting, counting, lines
from engine.churn.rungs.fitted import Rung, TrainingRefused, check
from engine.churn.windows import Windows
from engine.leaks import LeakFound

FITS: dict[str, Callable[[Windows, Windows, int], Rung]] = {
    "b0": lambda train, valid, seed: counting.rates(train),
    "b1": lambda train, valid, seed: counting.chain(train, valid),
    "b2": lambda train, valid, seed: churn_logs.result(lines.regression(train, valid, seed=seed)),
    "b2s": lambda train, valid, seed: churn_logs.result(lines.support_vectors(train, valid, seed=seed)),
    "b3": lambda train, valid, seed: churn_logs.result(boosting.boosting(train, valid, seed=seed, bags=2)),
}


@cache
def parts() -> tuple[Windows, Windows, Windows]:
    windows = churn_logs.mall_windows()
    found = splits.by_time(windows, seed=1)
    return windows.take(found.train), windows.take(found.validation), windows.take(found.test)


@cache
def fitted(name: str) -> Rung:
    train, valid, _ = parts()
    return FITS[name](train, valid, 1)


def large(windows: Windows) -> Windows:
    """Moments and prices beyond 2^24, where 32-bit floats leave whole numbers out."""
    aggregates = windows.aggregates.copy()
    aggregates[:, 12:16] += 2**24 + 1
    aggregates[:, 21:24] += 10**9 + 7
    return replace(windows, aggregates=aggregates)


@pytest.mark.parametrize("name", FITS)
def test_a_rung_says_chances(name: str) -> None:
    churn = fitted(name).score(parts()[2])

    assert churn.shape == (len(parts()[2]),)
    assert ((churn > 0) & (churn < 1)).all()


@pytest.mark.parametrize("name", FITS)
def test_what_serves_says_what_was_learnt(name: str) -> None:
    rung, test = fitted(name), parts()[2]
    scorer = scorers.of_parts(name, rung.parts())

    for windows in (test, large(test)):
        assert scorer(windows.aggregates, windows.steps) == pytest.approx(rung.score(windows), abs=1e-5)
    one = test.take(np.array([3]))
    assert scorer(one.aggregates, one.steps) == pytest.approx(rung.score(test)[3:4], abs=1e-5)


@pytest.mark.parametrize("name", FITS)
def test_the_same_seed_gives_the_same_parts(name: str) -> None:
    train, valid, _ = parts()

    assert FITS[name](train, valid, 1).parts() == fitted(name).parts()


@pytest.mark.parametrize("name", ["b2", "b2s", "b3"])
def test_learning_beats_the_rate(name: str) -> None:
    test = parts()[2]
    loss = {
        one: -np.mean(np.where(test.bought, np.log(1 - churn), np.log(churn)))
        for one, churn in ((one, fitted(one).score(test)) for one in ("b0", name))
    }

    assert loss[name] < loss["b0"]


@pytest.mark.parametrize("name", FITS)
def test_what_was_never_met_is_answered(name: str) -> None:
    test = parts()[2].take(np.arange(5))
    aggregates, steps = test.aggregates.copy(), test.steps.copy()
    aggregates[:, scorers.SEGMENT] = 30
    steps[:, :, 1] = np.where(steps[:, :, 0] > 0, 1_999, 0)
    empty = replace(test, aggregates=np.full_like(aggregates, -1), steps=np.zeros_like(steps))

    for windows in (replace(test, aggregates=aggregates, steps=steps), empty):
        assert np.isfinite(fitted(name).score(windows)).all()


def test_b0_is_the_rate_of_the_step_shrunk() -> None:
    made = churn_logs.made(
        churn_logs.log("page_view page_view page_view page_view purchase", *["page_view " * 3] * 3)
    )
    rung = counting.rates(made)

    assert rung.score(made) == pytest.approx(np.full(4, 0.75))


def test_a_planted_column_of_the_future_is_refused() -> None:
    train = parts()[0]
    planted = train.aggregates.copy()
    planted[:, 7] = train.bought

    with pytest.raises(LeakFound, match="alone tells the label"):
        check(replace(train, aggregates=planted))


def test_a_column_more_is_refused() -> None:
    train = parts()[0]
    more = np.concatenate([train.aggregates, train.bought[:, None]], axis=1)

    with pytest.raises(LeakFound, match="columns are known at the moment"):
        check(replace(train, aggregates=more))


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_is_refused_in_words(label: int) -> None:
    train = parts()[0]

    with pytest.raises(TrainingRefused, match="in a purchase"):
        check(replace(train, bought=np.full_like(train.bought, label)))
