"""A column that is the label in other clothes is found by its numbers."""

import numpy as np
import pytest

from engine import leaks


@pytest.fixture
def label():
    return np.random.default_rng(1).integers(0, 2, 600)


@pytest.fixture
def noise(label):
    return np.random.default_rng(2).normal(size=len(label))


def columns(*parts):
    return np.column_stack(parts).astype(float)


def test_the_label_itself_and_its_opposite_are_found(label, noise):
    assert leaks.telling(["x", "same", "opposite"], columns(noise, label, 5 - label), label) == [
        "same",
        "opposite",
    ]


def test_a_good_column_is_no_leak(label, noise):
    assert leaks.telling(["good"], columns(label + noise / 2), label) == []


def test_values_without_order_tell_too(label, noise):
    middle = np.where(label == 1, 2, np.where(noise > 0, 1, 3))
    matrix = columns(noise, middle)

    assert leaks.telling(["x", "middle"], matrix, label) == []
    assert leaks.telling_by_value(["x", "middle"], matrix, label) == ["middle"]


def test_an_id_tells_nothing_by_value(label):
    assert leaks.telling_by_value(["id"], columns(np.arange(len(label))), label) == []


def test_of_few_rows_nothing_is_said(label):
    assert leaks.telling(["same"], columns(label[:150]), label[:150]) == []


def test_shapes_that_do_not_fit(label):
    with pytest.raises(ValueError, match="do not fit"):
        leaks.telling(["one", "two"], columns(label), label)
