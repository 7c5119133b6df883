"""Figures of a two-class model with their 95 % intervals, and the tests of the verdict.

Confusion matrices are ((true Low said Low, true Low said High), (true High said Low, true High said High)).
Sources: docs/algorithms/revenue.md.
"""

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.contracts import Measure

Confusion = tuple[tuple[int, int], tuple[int, int]]
Z = 1.959963984540054


def confusion(true: NDArray[np.integer], said: NDArray[np.integer]) -> Confusion:
    """Counts of two vectors of 0 and 1 of the same length."""
    counts = np.bincount(2 * true.astype(np.int64) + said.astype(np.int64), minlength=4)
    return ((int(counts[0]), int(counts[1])), (int(counts[2]), int(counts[3])))


def add(matrices: Sequence[Confusion]) -> Confusion:
    """The sum of confusion matrices over disjoint rows."""
    (a, b), (c, d) = np.sum(np.asarray(matrices, dtype=np.int64), axis=0).tolist()
    return ((a, b), (c, d))


def proportion(hits: float, n: float) -> Measure:
    """hits / n with Wilson's interval; 0 in [0, 1] where nothing was counted."""
    if n == 0:
        return Measure(0.0, 0.0, 1.0)
    p = hits / n
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return Measure(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)))


def accuracy(matrix: Confusion) -> Measure:
    """Share of right answers."""
    (tn, fp), (fn, tp) = matrix
    return proportion(tn + tp, tn + fp + fn + tp)


def balanced_accuracy(matrix: Confusion) -> Measure:
    """Mean of the two recalls; interval by square-and-add of their Wilson intervals."""
    (tn, fp), (fn, tp) = matrix
    low, high = proportion(tn, tn + fp), proportion(tp, fn + tp)
    value = (low.value + high.value) / 2
    below = sqrt(sum((m.value - _number(m.low)) ** 2 for m in (low, high))) / 2
    above = sqrt(sum((_number(m.high) - m.value) ** 2 for m in (low, high))) / 2
    return Measure(value, max(0.0, value - below), min(1.0, value + above))


def precision(matrix: Confusion) -> Measure:
    """Of the rows said to be High, the share that is."""
    return proportion(matrix[1][1], matrix[0][1] + matrix[1][1])


def recall(matrix: Confusion) -> Measure:
    """Of the rows that are High, the share said to be."""
    return proportion(matrix[1][1], sum(matrix[1]))


def f1(matrix: Confusion) -> Measure:
    """Harmonic mean of precision and recall, interval carried over from TP / (TP + FP + FN)."""
    (_, fp), (fn, tp) = matrix
    share = proportion(tp, tp + fp + fn)
    low, value, high = (2 * s / (1 + s) for s in (_number(share.low), share.value, _number(share.high)))
    return Measure(value, low, high)


def _number(bound: float | None) -> float:
    if bound is None:
        raise ValueError("this measure has no interval")
    return bound


def auc_with_variance(true: NDArray[np.integer], scores: NDArray[np.floating]) -> tuple[float, float]:
    """ROC-AUC and its DeLong variance; both classes must be there, ties count half."""
    high, low = np.asarray(scores)[true == 1], np.asarray(scores)[true == 0]
    if not len(high) or not len(low):
        raise ValueError("ROC-AUC needs rows of both classes")
    of_high = (_midranks(np.concatenate([high, low]))[: len(high)] - _midranks(high)) / len(low)
    of_low = (_midranks(np.concatenate([low, high]))[: len(low)] - _midranks(low)) / len(high)
    spread = sum(float(np.var(part, ddof=1)) / len(part) for part in (of_high, of_low) if len(part) > 1)
    return float(of_high.mean()), spread


def _midranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((2 * ends - counts + 1) / 2)[where]


def auc_measure(parts: Sequence[tuple[float, float]]) -> Measure:
    """The mean of the ROC-AUCs of disjoint test parts, from (value, variance) of each."""
    value = sum(a for a, _ in parts) / len(parts)
    half = Z * sqrt(sum(v for _, v in parts)) / len(parts)
    return Measure(value, max(0.0, value - half), min(1.0, value + half))


def against_majority(matrix: Confusion, majority: int) -> tuple[int, int]:
    """Rows that only the model has right, and rows that only the constant answer `majority` has right."""
    (tn, fp), (fn, tp) = matrix
    return (tn, fn) if majority == 1 else (tp, fp)


def paired_gain(only_ours: int, only_theirs: int, n: int) -> Measure:
    """Difference of two accuracies on the same n rows (Agresti and Min's interval)."""
    b, c, m = only_ours + 0.5, only_theirs + 0.5, n + 2
    centre = (b - c) / m
    half = Z * sqrt(max(0.0, (b + c) / m - centre**2) / m)
    value = (only_ours - only_theirs) / n
    return Measure(value, min(value, centre - half), max(value, centre + half))


def sign_test(only_ours: int, only_theirs: int) -> float:
    """One-sided exact p-value, P(X >= only_ours) for X ~ Binomial(only_ours + only_theirs, 1/2)."""
    n = only_ours + only_theirs
    if only_ours == 0:
        return 1.0
    terms = [lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2) for k in range(only_ours, n + 1)]
    top = max(terms)
    return min(1.0, exp(top) * sum(exp(t - top) for t in terms))


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which of several hypotheses are rejected together at `alpha`."""
    rejected = [False] * len(p_values)
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] > alpha / (len(p_values) - rank):
            break
        rejected[place] = True
    return rejected
