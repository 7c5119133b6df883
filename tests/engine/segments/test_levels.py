"""Levels of a score: the best cut there is, and as many as come back."""

import itertools

import numpy as np
import pytest

from engine.segments import levels


def cost(values: np.ndarray, cuts: tuple[int, ...]) -> float:
    return sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(values, cuts))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_no_other_cut_is_better(k: int, seed: int) -> None:
    """Against every cut there is."""
    values = np.sort(np.rint(np.random.default_rng(seed).normal(size=11) * 100) / 100)
    best = min(cost(values, cuts) for cuts in itertools.combinations(range(1, len(values)), k - 1))
    found = levels.centres(values, k)
    labels = levels.nearest(values, found)

    assert sum(
        float(((values[labels == g] - values[labels == g].mean()) ** 2).sum()) for g in range(k)
    ) == pytest.approx(best, abs=1e-9)


def test_centres_rise() -> None:
    found = levels.centres(np.random.default_rng(1).normal(size=500), 4)

    assert list(found) == sorted(found)


def test_fewer_values_than_levels() -> None:
    assert levels.centres(np.array([1.0, 1.0, 2.0]), 4) == (1.0, 2.0)


def test_three_heaps_are_three_levels() -> None:
    rng = np.random.default_rng(2)
    scores = np.concatenate([rng.normal(middle, 0.1, 100) for middle in (-2, 0, 2)])

    assert levels.choose(scores, rng=rng).centres == pytest.approx((-2, 0, 2), abs=0.05)


def test_one_value_is_one_level() -> None:
    found = levels.choose(np.zeros(50), rng=np.random.default_rng(0))

    assert (found.centres, found.tried, found.is_stable) == ((0.0,), (), True)
