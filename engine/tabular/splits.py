"""Which rows are learnt from and which are asked. No row stands on both sides, and none stands twice."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from engine.tabular.columns import LEAST_OF_CLASS, Ints, Refused, Table

FOLDS = 5
LAST_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Split:
    """Places of rows. ValueError where a place stands twice: rows that were multiplied beforehand do not get in."""

    name: str
    train: Ints
    test: Ints

    def __post_init__(self) -> None:
        both = np.concatenate([self.train, self.test])
        if len(np.unique(both)) < len(both):
            raise ValueError("A row stands twice in a split.")


def stratified(table: Table, *, test_rate: float, seed: int) -> Split:
    """A random split that keeps the shares of the labels."""
    train, test = train_test_split(
        np.arange(len(table)), test_size=test_rate, random_state=seed, stratify=table.labels
    )
    return Split(f"seed {seed}", train, test)


def last_periods(table: Table) -> Split:
    """Learnt from all periods but the last two that the table names, asked of those. Refused where it has not got
    three, or too few rows of a class on either side."""
    if table.periods is None:
        raise Refused("The table names no months.")
    named = np.unique(table.periods[table.periods > 0])
    if len(named) <= LAST_PERIODS:
        raise Refused(f"The table names {len(named)} months; three are needed to learn from one and ask two.")
    late = table.periods >= named[-LAST_PERIODS]
    split = Split("last months", np.flatnonzero((table.periods > 0) & ~late), np.flatnonzero(late))
    for part, text in ((split.train, "earlier months"), (split.test, "last two months")):
        if np.bincount(table.labels[part], minlength=2).min() < LEAST_OF_CLASS:
            raise Refused(f"The {text} hold fewer than {LEAST_OF_CLASS} rows of a class.")
    return split


def folds(table: Table, *, seed: int) -> list[Split]:
    """Stratified folds of a training part, for predictions of rows that a model has not learnt."""
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(table.labels, table.labels)
    return [Split(f"fold {place}", train, test) for place, (train, test) in enumerate(parts, start=1)]
