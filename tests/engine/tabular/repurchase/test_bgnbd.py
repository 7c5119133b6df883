"""BG/NBD: its own customers give its parameters back, and its chances are those of simulated customers."""

import numpy as np
import pytest

from engine.tabular.repurchase import bgnbd
from engine.tabular.repurchase.bgnbd import BgNbd

TRUE = BgNbd(0.6, 6.0, 0.9, 2.5)
AGE, HORIZON = 40.0, 30.0


def world(customers, seed):
    """x, t_x, and purchases within the horizon after AGE, by the model's own story."""
    rng = np.random.default_rng(seed)
    rates, drops = rng.gamma(TRUE.r, 1 / TRUE.alpha, customers), rng.beta(TRUE.a, TRUE.b, customers)
    x, t_x, later = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    for customer in range(customers):
        now = rng.exponential(1 / rates[customer])
        while now < AGE + HORIZON:
            if now <= AGE:
                x[customer], t_x[customer] = x[customer] + 1, now
            else:
                later[customer] += 1
            if rng.random() < drops[customer]:
                break
            now += rng.exponential(1 / rates[customer])
    return x, t_x, later


@pytest.fixture(scope="module")
def seen():
    return world(8000, 0)


def test_its_own_customers_give_the_parameters_back(seen):
    x, t_x, _ = seen
    found = bgnbd.fit(x, t_x, np.full(len(x), AGE))

    assert found.r == pytest.approx(TRUE.r, rel=0.15)
    assert found.alpha == pytest.approx(TRUE.alpha, rel=0.2)
    assert found.a / (found.a + found.b) == pytest.approx(TRUE.a / (TRUE.a + TRUE.b), rel=0.15)


@pytest.mark.parametrize("group", [(0, 0), (1, 1), (2, 4), (5, 99)], ids=["never", "once", "some", "often"])
def test_chances_and_expectations_are_true(seen, group):
    x, t_x, later = seen
    rows = (x >= group[0]) & (x <= group[1])
    age = np.full(int(rows.sum()), AGE)
    error = 4 * np.sqrt(0.25 / rows.sum())

    said = TRUE.comes_again(x[rows], t_x[rows], age, HORIZON)
    assert said.mean() == pytest.approx((later[rows] > 0).mean(), abs=error)
    expected = TRUE.expected(x[rows], t_x[rows], age, HORIZON)
    assert expected.mean() == pytest.approx(
        later[rows].mean(), abs=4 * later[rows].std() / np.sqrt(rows.sum())
    )


def test_who_never_came_again_is_alive():
    assert TRUE.alive(np.zeros(1), np.zeros(1), np.array([AGE])) == 1.0
