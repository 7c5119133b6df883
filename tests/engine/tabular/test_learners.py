"""Every learner: same table and seed, same chances; fitting leaves no trace; a value never seen is answered."""

import numpy as np
import pytest

from engine.tabular.columns import Table
from engine.tabular.learners import Boosting, Forest, Logistic, Nets, RandomTrees, Rate, Vote
from engine.tabular.rates import WithRates

LEARNERS = {
    "rate": Rate(),
    "logistic": Logistic(),
    "vote": Vote(),
    "forest": Forest(trees=5),
    "boosting": Boosting(rounds=10, bags=2, widened=True),
    "random_trees": RandomTrees(trees=5),
    "nets": Nets(bags=1, passes=3),
    "with_rates": WithRates(Boosting(rounds=10), (("kind",), ("kind", "nonesuch"))),
}


def table(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    x, kind = rng.normal(size=rows), rng.integers(0, 3, rows).astype(float)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-2 * x))).astype(np.int64)
    x[:5] = np.nan
    return Table(("x", "kind"), np.column_stack([x, kind]), (False, True), labels)


@pytest.mark.parametrize("name", LEARNERS)
def test_same_table_and_seed_same_chances(name):
    known = table()
    first = LEARNERS[name].fit(known, seed=1)(known)
    LEARNERS[name].fit(table(seed=9), seed=2)
    again = LEARNERS[name].fit(known, seed=1)(known)

    np.testing.assert_array_equal(first, again)
    assert first.shape == (300,)
    assert (first >= 0).all()
    assert (first <= 1).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_a_value_never_seen_is_answered(name):
    asked = Table(("x", "kind"), np.array([[np.nan, 7.0], [0.5, 8.0]]), (False, True), np.array([0, 1]))
    assert np.isfinite(LEARNERS[name].fit(table(), seed=1)(asked)).all()


def test_a_row_is_never_told_a_rate_that_holds_its_own_label():
    """With a key of its own for each row the rates of training rows are all the overall one."""
    told = {}

    class Listening:
        def fit(self, table, *, seed):
            told["rates"] = table.column("rate_by_id")
            return lambda asked: asked.column("rate_by_id")

    known = table()
    alone = Table(("id",), np.arange(300.0)[:, None], (True,), known.labels)
    WithRates(Listening(), (("id",),)).fit(alone, seed=0)
    np.testing.assert_allclose(told["rates"], known.labels.mean(), atol=0.02)
