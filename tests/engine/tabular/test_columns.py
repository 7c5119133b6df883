"""What a table must be before anything is learnt from it."""

import numpy as np
import pytest

from engine.leaks import LeakFound
from engine.tabular.columns import Refused, Table, check, copies


def table(labels, **columns):
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in columns.values()])
    return Table(tuple(columns), matrix, tuple(False for _ in columns), np.asarray(labels, dtype=np.int64))


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, 2, 400)


@pytest.fixture
def noise():
    return np.random.default_rng(1).normal(size=400)


def test_one_class_is_refused(noise):
    with pytest.raises(Refused, match="Every row says no"):
        check(table(np.zeros(400), x=noise))


def test_a_handful_of_a_class_is_refused(noise):
    labels = np.zeros(400)
    labels[:19] = 1
    with pytest.raises(Refused, match="381 rows say no and 19 say yes"):
        check(table(labels, x=noise))


def test_a_planted_column_is_refused_by_name(labels, noise):
    with pytest.raises(LeakFound, match="^after_the_fact alone tells the label"):
        check(table(labels, x=noise, after_the_fact=labels))


def test_which_cells_are_empty_may_tell_too(labels, noise):
    with pytest.raises(LeakFound, match="paid_at"):
        check(table(labels, x=noise, paid_at=np.where(labels == 1, 50 + noise, np.nan)))


def test_an_honest_table_passes(labels, noise):
    check(table(labels, x=noise, good=labels + noise))


def test_copies_are_counted(labels, noise):
    whole = table(labels, x=noise)
    assert copies(whole) == 0
    assert copies(whole.take(np.array([0, 1, 1, 2, 2, 2]))) == 3


def test_labels_dealt_anew_are_the_same_labels(labels, noise):
    dealt = table(labels, x=noise).dealt(seed=1)
    assert sorted(dealt.labels) == sorted(labels)
    assert (dealt.labels != labels).any()
