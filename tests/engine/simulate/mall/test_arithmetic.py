"""Sums and products that are the same on every processor agree with the libraries that are not."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from engine.simulate.chance import arithmetic

RNG = np.random.default_rng(12)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 30.0, 700.0])
def test_exp(scale):
    x = np.concatenate([RNG.uniform(-scale, scale, 4_000), [-scale, 0.0, scale]])
    expected = np.array([math.exp(value) for value in x.tolist()])

    assert np.abs(arithmetic.exp(x) / expected - 1.0).max() < 1e-12


@pytest.mark.parametrize("power", [0.001, 1.0, 20.0, 300.0])
def test_log(power):
    x = np.concatenate([10.0 ** RNG.uniform(-power, power, 4_000), [1.0, 0.5, 2.0, 1e-300, 1e300]])
    expected = np.array([math.log(value) for value in x.tolist()])

    assert np.abs(arithmetic.log(x) - expected).max() < 1e-12 * max(1.0, np.abs(expected).max())


def test_exp_and_log_undo_each_other():
    x = RNG.uniform(-600, 600, 4_000)

    assert np.abs(arithmetic.log(arithmetic.exp(x)) - x).max() < 1e-12 * 600


def test_normal_quantiles():
    """The approximation is good to 1.2e-9 by its author; the middle and both tails are asked."""
    u = np.concatenate(
        [RNG.uniform(0, 1, 4_000), RNG.uniform(0, 0.03, 1_000), 1 - RNG.uniform(0, 0.03, 1_000)]
    )
    expected = np.array([NormalDist().inv_cdf(value) for value in u.tolist()])

    assert np.abs(arithmetic.normal(u) - expected).max() < 5e-9
    assert np.isfinite(arithmetic.normal(np.array([0.0, 1.0 - 2.0**-53]))).all()
    assert arithmetic.normal(np.array([0.5]))[0] == 0.0
