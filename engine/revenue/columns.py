"""Transactions as one matrix of 32-bit numbers: the same code trains and serves. Needs numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.contracts import ColumnCard, Transaction

NUMBERS = ("age", "quantity", "price_minor", "days")
TEXTS = ("gender", "category", "payment_method", "shopping_mall")
MATRIX_COLUMNS = (*NUMBERS, *TEXTS, "weekday", "month")
UNKNOWN = -1.0

_RANGES = ("age", "quantity", "price_minor")

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Layout:
    """How transactions become numbers: the values of each text column in order, and the first day."""

    values: Mapping[str, tuple[str, ...]]
    start: date

    @cached_property
    def _codes(self) -> Mapping[str, Mapping[str, float]]:
        return {name: {v: float(i) for i, v in enumerate(vs)} for name, vs in self.values.items()}

    @classmethod
    def of(cls, rows: Sequence[Transaction]) -> Self:
        """The layout of a table with at least one row."""
        return cls(
            {name: tuple(sorted({getattr(row, name) for row in rows})) for name in TEXTS},
            min(row.invoice_date for row in rows),
        )

    def matrix(self, rows: Sequence[Transaction]) -> Matrix:
        """n x 10, MATRIX_COLUMNS in order; a text never seen is UNKNOWN, months are 1 to 12, Monday is 0."""
        made = np.array([self._row(row) for row in rows], dtype=np.float32)
        return made.reshape(len(rows), len(MATRIX_COLUMNS))

    def _row(self, row: Transaction) -> tuple[float, ...]:
        day = row.invoice_date
        return (
            row.age,
            row.quantity,
            row.price_minor,
            (day - self.start).days,
            *(self._codes[name].get(getattr(row, name), UNKNOWN) for name in TEXTS),
            day.weekday(),
            day.month,
        )

    def to_json(self) -> dict[str, Any]:
        """The form in which it is stored; `from_json` reads it."""
        values = {name: list(each) for name, each in self.values.items()}
        return {"values": values, "start": self.start.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls({name: tuple(data["values"][name]) for name in TEXTS}, date.fromisoformat(data["start"]))


def card(rows: Sequence[Transaction]) -> ColumnCard:
    """Choices and ranges that a form needs, of a table with at least one row."""
    return ColumnCard(
        choices=Layout.of(rows).values,
        ranges={name: _range([getattr(row, name) for row in rows]) for name in _RANGES},
    )


def _range(values: Sequence[int]) -> tuple[int, int]:
    return min(values), max(values)
