"""From what a rung says to a chance that comes true."""

import numpy as np
import pytest

from engine.churn import calibration
from engine.churn.calibration import Calibration, expit, logit

RNG = np.random.default_rng(3)


def said_and_true(n: int, *, segment: int = 0) -> tuple[np.ndarray, ...]:
    """What is said is twice as sure as what is true."""
    odds = RNG.normal(-2.0, 1.0, n)
    left = RNG.random(n) < 1 - expit(odds)
    said = 1 - expit(2 * odds)
    return said, (~left).astype(np.int8), np.full(n, segment, dtype=np.int16), np.ones(n, dtype=np.float32)


def join(*parts: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def test_a_segment_is_calibrated_by_what_it_has() -> None:
    many, some, few = (
        said_and_true(30_000, segment=0),
        said_and_true(2_000, segment=1),
        said_and_true(10, segment=2),
    )
    few = (few[0], np.zeros(10, dtype=np.int8), few[2], few[3])
    line = calibration.fit(*join(many, some, few))

    assert [line.kind(segment) for segment in (0, 1, 2, -1)] == [
        "isotonic",
        "platt",
        "all together",
        "all together",
    ]


def test_what_is_said_comes_true() -> None:
    line = calibration.fit(*join(said_and_true(30_000), said_and_true(3_000, segment=1)))
    for segment in (0, 1):
        said, bought, where, _ = said_and_true(20_000, segment=segment)
        churn = line.apply(said, where)
        for rows in np.array_split(np.argsort(churn), 5):
            assert churn[rows].mean() == pytest.approx(1 - bought[rows].mean(), abs=0.05)


def test_a_curve_never_falls_and_is_a_chance() -> None:
    line = calibration.fit(*said_and_true(30_000))
    churn = line.apply(np.linspace(0, 1, 500), np.zeros(500, dtype=np.int16))

    assert (np.diff(churn) >= 0).all()
    assert churn.min() > 0
    assert churn.max() < 1


def test_numbers_come_back_from_text() -> None:
    line = calibration.fit(*join(said_and_true(30_000), said_and_true(2_000, segment=1)))

    assert Calibration.from_json(line.to_json()) == line


def test_one_class_changes_nothing() -> None:
    said = np.array([0.2, 0.9])
    line = calibration.fit(
        said, np.zeros(2, dtype=np.int8), np.zeros(2, dtype=np.int16), np.ones(2, dtype=np.float32)
    )

    assert line.apply(said, np.zeros(2, dtype=np.int16)) == pytest.approx(said)


def test_pooled_blocks_are_the_isotonic_regression() -> None:
    x, y = np.arange(5.0), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    _, true, size = calibration.pooled(x, y, np.ones(5))

    assert np.repeat(true, size.astype(int)).tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]


def test_log_odds_are_bounded() -> None:
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
