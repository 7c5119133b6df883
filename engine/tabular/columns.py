"""A table of rows that have a label: numbers, categories as codes, and nothing that was not known at the time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine import leaks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_OF_CLASS = 20
"""Rows of either class below which no figure of a split would mean anything."""


class Refused(Exception):
    """The table cannot be learnt from; the text says why and what would help."""


@dataclass(frozen=True, slots=True)
class Table:
    """`matrix` is (n, p): numbers, NaN where unknown, and codes from 0 where `categories` says so; `labels` (n,) of
    0 and 1; `periods` (n,) from 1 (a month, a week) or None where the table has none."""

    names: tuple[str, ...]
    matrix: Floats
    categories: tuple[bool, ...]
    labels: Ints
    periods: Ints | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Ints) -> "Table":
        """The table of these places."""
        periods = None if self.periods is None else self.periods[rows]
        return replace(self, matrix=self.matrix[rows], labels=self.labels[rows], periods=periods)

    def without(self, *names: str) -> "Table":
        """The table without these columns; names that it has not are nothing."""
        kept = [place for place, name in enumerate(self.names) if name not in names]
        return replace(
            self,
            names=tuple(self.names[place] for place in kept),
            matrix=self.matrix[:, kept],
            categories=tuple(self.categories[place] for place in kept),
        )

    def joined(self, names: Sequence[str], columns: Sequence[Floats]) -> "Table":
        """The table with more numbers beside it."""
        return replace(
            self,
            names=(*self.names, *names),
            matrix=np.column_stack([self.matrix, *columns]),
            categories=(*self.categories, *(False for _ in names)),
        )

    def column(self, name: str) -> Floats:
        """The column of that name. ValueError where there is none."""
        return self.matrix[:, self.names.index(name)]

    def dealt(self, *, seed: int) -> "Table":
        """The table with its labels dealt out anew: a negative control in which there is nothing to learn."""
        return replace(self, labels=np.random.default_rng(seed).permutation(self.labels))


def check(table: Table) -> None:
    """Refused where nothing can be learnt: one class, too few rows of one, no column; LeakFound for a column that
    tells the label by itself."""
    counts = np.bincount(table.labels, minlength=2)
    if not table.names:
        raise Refused("The table has no column to learn from.")
    if counts.min() == 0:
        only = "yes" if counts[1] else "no"
        raise Refused(f"Every row says {only}: with one class only there is nothing to tell apart.")
    if counts.min() < LEAST_OF_CLASS:
        raise Refused(
            f"{int(counts[0]):,} rows say no and {int(counts[1]):,} say yes; at least {LEAST_OF_CLASS} of each are "
            "needed, or a test part would hold a handful."
        )
    # unknown is a value of its own: which rows lack a number can tell the label too
    known = np.nan_to_num(table.matrix, nan=-1e300)
    found = leaks.telling(table.names, known, table.labels)
    found += [name for name in leaks.telling_by_value(table.names, known, table.labels) if name not in found]
    if found:
        tells = "alone tells" if len(found) == 1 else "each alone tell"
        raise leaks.LeakFound(
            f"{', '.join(found)} {tells} the label: this cannot have been known beforehand. Take the column out of "
            "the file."
        )


def copies(table: Table) -> int:
    """Rows that are exact copies of an earlier one, label included."""
    whole = np.column_stack([np.nan_to_num(table.matrix, nan=-1e300), table.labels])
    return len(whole) - len(np.unique(whole, axis=0))
