"""No row on both sides, and none twice: a table cannot be oversampled before it is split."""

import numpy as np
import pytest

from engine.tabular import splits
from engine.tabular.columns import Refused, Table
from engine.tabular.splits import Split


def table(periods=None):
    rng = np.random.default_rng(0)
    labels = (rng.random(600) < 0.3).astype(np.int64)
    return Table(("x",), rng.normal(size=(600, 1)), (False,), labels, periods)


@pytest.mark.parametrize(
    ("train", "test"), [([0, 1, 1], [2]), ([0, 1], [1, 2]), ([0], [2, 2])], ids=["train", "both", "test"]
)
def test_a_row_that_stands_twice_is_refused(train, test):
    with pytest.raises(ValueError, match="stands twice"):
        Split("multiplied", np.array(train), np.array(test))


def test_a_split_keeps_the_shares_and_every_row_once():
    whole = table()
    split = splits.stratified(whole, test_rate=0.3, seed=0)

    assert sorted([*split.train, *split.test]) == list(range(600))
    assert len(split.test) == 180
    assert abs(whole.labels[split.train].mean() - whole.labels[split.test].mean()) < 0.01


def test_every_training_row_is_held_out_once():
    asked = np.concatenate([fold.test for fold in splits.folds(table(), seed=0)])
    assert sorted(asked) == list(range(600))


def test_the_last_two_months_are_asked():
    periods = np.tile([2, 3, 0, 11, 12], 120)
    split = splits.last_periods(table(periods))

    assert set(periods[split.train]) == {2, 3}
    assert set(periods[split.test]) == {11, 12}


@pytest.mark.parametrize("periods", [None, np.tile([1, 2], 300)], ids=["none", "two"])
def test_too_few_months_are_refused(periods):
    with pytest.raises(Refused, match="months"):
        splits.last_periods(table(periods))
