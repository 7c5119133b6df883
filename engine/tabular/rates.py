"""Rates by category, beside the columns: learnt inside a fit, each row's by rows that it is not among."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold

from engine.tabular.columns import Floats, Ints, Table
from engine.tabular.learners import Learner, Predict

FOLDS = 5
PULL = 20.0
"""The rate of a value is drawn to that of all rows as if so many more of them had been seen."""
_ROOM = 1_000.0  # values of one category, at most a hundred in a file


@dataclass(frozen=True, slots=True)
class WithRates:
    """A learner that is also told the share of ones among rows of the same values of each of `keys`.

    A training row is told the share among the other folds' rows, so that its own label is never in it; a row that is
    asked, that among all training rows; a value never seen, that of all.
    """

    learner: Learner
    keys: tuple[tuple[str, ...], ...]

    def fit(self, table: Table, *, seed: int) -> Predict:
        keys = [key for key in self.keys if all(name in table.names for name in key)]
        known = [_Rates.of(_codes(table, key), table.labels) for key in keys]
        names = tuple(f"rate_by_{'_and_'.join(key)}" for key in keys)
        if not keys:
            return self.learner.fit(table, seed=seed)
        told = table.joined(names, [_held(_codes(table, key), table.labels, seed) for key in keys])
        predict = self.learner.fit(told, seed=seed)

        def say(asked: Table) -> Floats:
            pairs = zip(known, keys, strict=True)
            return predict(asked.joined(names, [rates.at(_codes(asked, key)) for rates, key in pairs]))

        return say


@dataclass(frozen=True, slots=True)
class _Rates:
    values: Floats
    rates: Floats
    overall: float

    @classmethod
    def of(cls, codes: Floats, labels: Ints) -> "_Rates":
        values, where = np.unique(codes, return_inverse=True)
        overall = float(labels.mean())
        ones = np.bincount(where, weights=labels) + PULL * overall
        return cls(values, ones / (np.bincount(where) + PULL), overall)

    def at(self, codes: Floats) -> Floats:
        places = np.minimum(np.searchsorted(self.values, codes), len(self.values) - 1)
        return np.where(self.values[places] == codes, self.rates[places], self.overall)


def _held(codes: Floats, labels: Ints, seed: int) -> Floats:
    told = np.zeros(len(codes))
    for learnt, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels):
        told[asked] = _Rates.of(codes[learnt], labels[learnt]).at(codes[asked])
    return told


def _codes(table: Table, key: Sequence[str]) -> Floats:
    whole = np.zeros(len(table))
    for name in key:
        whole = whole * _ROOM + table.column(name)
    return whole
