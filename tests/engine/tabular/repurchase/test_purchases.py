"""Columns know nothing of the horizon."""

import numpy as np
import pytest

from engine.tabular.columns import Refused
from engine.tabular.repurchase.purchases import Purchases, cut


def bought(*lines):
    who, day, pieces, value = (np.array(column) for column in zip(*lines, strict=True))
    return Purchases(who, day, pieces.astype(float), value.astype(float))


LINES = [
    (0, 0, 1, 10.0), (0, 0, 2, 5.0), (0, 35, 1, 7.0), (0, 105, 1, 9.0),
    (1, 14, 1, 20.0),
    (2, 100, 1, 8.0),
    (0, 112, 1, 1.0),
]  # fmt: skip


def test_what_is_known_at_the_cut():
    made = cut(bought(*LINES), horizon_weeks=10)  # the cut is day 42
    of = made.table.column

    assert list(made.table.labels) == [1, 0]
    assert made.newcomers == 1
    assert list(of("repeats")) == [1, 0]
    assert list(of("weeks_to_last")) == [5, 0]
    assert list(of("weeks_known")) == [6, 4]
    assert list(of("lines")) == [3, 1]
    assert list(of("value")) == [22, 20]
    assert list(of("value_first")) == [15, 20]


def test_the_horizon_changes_labels_and_nothing_else():
    made = cut(bought(*LINES), horizon_weeks=10).table
    other = cut(bought(*LINES[:3], *LINES[4:6], (1, 111, 9, 99.0), (1, 112, 9, 99.0)), horizon_weeks=10).table

    np.testing.assert_array_equal(made.matrix, other.matrix)
    assert list(other.labels) == [0, 1]


def test_a_horizon_that_leaves_no_history_is_refused():
    with pytest.raises(Refused, match="Take a shorter horizon"):
        cut(bought(*LINES), horizon_weeks=14)
