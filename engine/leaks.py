"""Columns that are the label in other clothes. What they catch, and what not: docs/algorithms/no_leaks.md."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.metrics import auc_with_variance

LEAST_ROWS, MOST_ROWS, LEAST_OF_RARE = 200, 20_000, 5
TOO_GOOD = 0.995
"""ROC-AUC or correlation of one column with the label from which on it is the label itself."""
MOST_LEVELS = 1_000


class LeakFound(Exception):
    """A column tells what is to be learnt."""


def telling(names: Sequence[str], matrix: NDArray[Any], label: NDArray[Any]) -> list[str]:
    """Which of the columns, (n, len(names)), tell the label (n,) alone, and by their order.

    With two values of the label a ROC-AUC of at least 0.995 or at most 0.005 tells it, else a correlation (of values
    or of ranks) of at least 0.995 either way. Of more than 20,000 rows evenly spaced ones are asked. None where there
    are fewer than 200, or fewer than 5 whose label is not the most frequent one: chance cannot be told from a leak.
    ValueError where shapes do not fit.
    """
    _check_shape(names, matrix, label)
    matrix, label = _spaced(matrix, label)
    if not _enough(label):
        return []
    values = np.unique(label)
    told = _as_two_classes if len(values) == 2 else _as_number
    numbers = label.astype(np.float64) if len(values) > 2 else (label == values[-1]).astype(np.float64)
    columns = zip(names, matrix.T, strict=True)
    return [name for name, column in columns if told(column.astype(np.float64), numbers) >= TOO_GOOD]


def telling_by_value(names: Sequence[str], matrix: NDArray[Any], label: NDArray[Any]) -> list[str]:
    """As `telling` for a label of 0 and 1, without order: a column tells it where the share of ones among rows of the
    same value, learnt on every second row, has a ROC-AUC of at least 0.995 on the others, both ways round. NaN is a
    value. Columns of more than 1,000 values are left to `telling`.
    """
    _check_shape(names, matrix, label)
    matrix, label = _spaced(matrix, label)
    halves = label[::2], label[1::2]
    if not _enough(label) or any(len(np.unique(half)) < 2 for half in halves):
        return []
    return [name for name, column in zip(names, matrix.T, strict=True) if _by_value(column, label)]


def _check_shape(names: Sequence[str], matrix: NDArray[Any], label: NDArray[Any]) -> None:
    if matrix.ndim != 2 or matrix.shape != (len(label), len(names)):
        raise ValueError(
            f"{len(label)} labels and {len(names)} names do not fit columns of shape {matrix.shape}."
        )


def _spaced(matrix: NDArray[Any], label: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    every = max(1, -(-len(label) // MOST_ROWS))
    return matrix[::every], label[::every]


def _enough(label: NDArray[Any]) -> bool:
    counts = np.unique(label, return_counts=True)[1]
    return len(label) >= LEAST_ROWS and len(label) - int(counts.max()) >= LEAST_OF_RARE


def _by_value(column: NDArray[Any], label: NDArray[Any]) -> bool:
    values, codes = np.unique(column.astype(np.float64), return_inverse=True)
    if len(values) > MOST_LEVELS:
        return False
    for learnt, asked in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        rows = np.bincount(codes[learnt], minlength=len(values))
        ones = np.bincount(codes[learnt], weights=label[learnt], minlength=len(values))
        rates = np.where(rows > 0, ones / np.maximum(rows, 1), float(label[learnt].mean()))
        if auc_with_variance(label[asked].astype(np.int64), rates[codes[asked]])[0] < TOO_GOOD:
            return False
    return True


def _as_two_classes(column: NDArray[np.float64], label: NDArray[np.float64]) -> float:
    auc = auc_with_variance(label.astype(np.int64), column)[0]
    return max(auc, 1.0 - auc)


def _as_number(column: NDArray[np.float64], label: NDArray[np.float64]) -> float:
    return max(_correlation(column, label), _correlation(_ranks(column), _ranks(label)))


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return abs(float((a * b).sum())) / size if size else 0.0


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ranks, ties shared."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[where], dtype=np.float64)
