"""Members are joined by what they say of rows that they have not learnt."""

import numpy as np

from engine.tabular import stack
from engine.tabular.columns import Table
from engine.tabular.splits import folds
from engine.tabular.stack import Answer


class Memory:
    """Knows by heart what it has learnt, and of anything else that it has not."""

    def __init__(self):
        self.sizes = []

    def fit(self, table, *, seed):
        self.sizes.append(len(table))
        known = set(table.column("id"))
        return lambda asked: np.array([0.9 if row in known else 0.1 for row in asked.column("id")])


def table(rows=100):
    labels = np.arange(rows) % 2
    return Table(("id",), np.arange(rows, dtype=float)[:, None], (False,), labels)


def walk(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_a_row_is_answered_by_a_model_that_has_not_learnt_it():
    train, memory = table(), Memory()
    answer = walk(
        stack.ask(memory, train, train, folds=folds(train, seed=0), seed=0, clock=iter([0.0, 2.0]).__next__)
    )

    assert (answer.held == 0.1).all()
    assert (answer.asked == 0.9).all()
    assert answer.seconds == 2.0
    assert memory.sizes == [80] * 5 + [100]


def test_a_member_that_knows_nothing_gets_no_weight():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 2000)
    good = stack.chance(2.0 * (labels - 0.5) + rng.normal(size=2000))
    answers = {
        "good": Answer(good, good, 1.0),
        "wrong": Answer(1 - good, 1 - good, 1.0),
        "noise": Answer(rng.random(2000), rng.random(2000), 1.0),
    }
    joined, weights = stack.join(answers, labels)

    assert weights["good"] > 1.0
    assert weights["wrong"] == 0.0
    assert weights["noise"] < 0.1
    assert joined.seconds == 3.0
