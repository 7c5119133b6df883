"""Whether visits still look as they did: an index by column, and the slope of what came true."""

import numpy as np
import pytest

from engine.churn.columns import AGGREGATES
from engine.churn.watch import drift

CHANCE = np.random.default_rng(11)


def numbers(rows: int, *, events: float = 8.0) -> np.ndarray:
    found = CHANCE.integers(0, 1_000, (rows, len(AGGREGATES)))
    found[:, AGGREGATES.index("events")] = CHANCE.poisson(events, rows)
    return found


def said(rows: int, *, low: float = 0.5) -> np.ndarray:
    return CHANCE.uniform(low, 1.0, rows)


def moved(kept: dict, score: np.ndarray, columns: np.ndarray) -> list[str]:
    return [one.name for one in drift.compare(kept, score, columns) if one.has_moved]


def test_the_same_population_has_not_moved() -> None:
    kept = drift.reference(said(3_000), numbers(3_000))
    found = drift.compare(kept, said(2_000), numbers(2_000))

    assert [one.name for one in found] == ["score", *drift.MAIN]
    assert all(one.is_well for one in found)


def test_what_moved_is_named() -> None:
    kept = drift.reference(said(3_000), numbers(3_000))

    assert moved(kept, said(2_000, low=0.8), numbers(2_000)) == ["score"]
    assert moved(kept, said(2_000), numbers(2_000, events=14.0)) == ["events"]


def test_the_index_is_the_textbooks() -> None:
    kept = {"rows": 1_000, "columns": {"score": {"edges": [0.5], "counts": [500.0, 500.0]}}}
    (found,) = drift.compare(kept, np.repeat([0.4, 0.6], [300, 700]), numbers(1_000))
    before, now = np.array([0.5, 0.5]), np.array([300.5, 700.5]) / 1_001

    assert found.index == pytest.approx(((now - before) * np.log(now / before)).sum())


def test_a_column_of_one_value_has_one_tenth_and_does_not_move() -> None:
    kept = drift.reference(np.full(600, 0.9), np.zeros((600, len(AGGREGATES)), dtype=np.int64))
    assert all(one.index == 0 for one in drift.compare(
        kept, np.full(600, 0.9), np.zeros((600, len(AGGREGATES)), dtype=np.int64)
    ))  # fmt: skip


@pytest.mark.parametrize("kept", [{}, None], ids=["no reference", "few rows"])
def test_too_little_says_nothing(kept: dict | None) -> None:
    rows = 2_000 if kept == {} else drift.LEAST_ROWS - 1
    told = drift.reference(said(600), numbers(600)) if kept is None else kept

    assert drift.compare(told, said(rows), numbers(rows)) == ()


@pytest.mark.parametrize(("steep", "is_off"), [(1.0, False), (0.4, True), (2.0, True)])
def test_the_slope_tells_whether_chances_are_right(steep: float, is_off: bool) -> None:
    churn = np.random.default_rng(1).uniform(0.1, 0.95, 6_000)
    odds = steep * np.log(churn / (1 - churn))
    left = (np.random.default_rng(2).random(6_000) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    found = drift.slope(churn, left, np.arange(6_000) // 2)

    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < steep < found.high
    assert drift.is_off(found) == is_off


def test_a_slope_needs_visits_of_both_outcomes() -> None:
    churn = said(1_000)
    assert drift.slope(churn, np.ones(1_000, dtype=np.int8), np.arange(1_000)) is None
    left = np.ones(1_000, dtype=np.int8)
    left[:200] = 0
    assert drift.slope(churn, left, np.arange(1_000) // 10) is None  # 20 visits that bought
