"""Visits as aggregates, in the layout of UCI's Online Shoppers Purchasing Intention: one visit a row."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path

import numpy as np

from engine.contracts import Progress
from engine.tabular.columns import Table
from service_provider.adapters import tables
from service_provider.adapters.faults import BadFile, Fault, FaultList, shown
from service_provider.adapters.public_layouts import cells
from service_provider.adapters.transaction_columns import as_text

LABEL, MONTH = "Revenue", "Month"
NUMBERS = (
    "Administrative", "Administrative_Duration", "Informational", "Informational_Duration", "ProductRelated",
    "ProductRelated_Duration", "BounceRates", "ExitRates", "PageValues", "SpecialDay",
)  # fmt: skip
CATEGORIES = (
    MONTH, "OperatingSystems", "Browser", "Region", "TrafficType", "VisitorType", "Weekend",
)  # fmt: skip
KNOWN = (*NUMBERS, *CATEGORIES)
MOST_VALUES = 100
STEP = 2_000


@dataclass(frozen=True, slots=True)
class VisitTable:
    """What stood in the file."""

    table: Table
    notes: tuple[str, ...]


def read(path: Path) -> Generator[Progress, None, VisitTable]:
    """All visits of a CSV (plain, .gz or .xz). BadFile where one is wrong.

    Only `Revenue` must be there, and one more column of the layout. An empty number is unknown. Columns that the layout
    has not got are read as they look: numbers, or a category of at most 100 values.
    """
    with tables.opened(path) as file:
        places = tables.places(file, (LABEL, *KNOWN), (LABEL,))
        if len(places) < 2:
            expected = f"at least one of the columns {', '.join(KNOWN)}"
            raise BadFile.because(file.name, "none of the layout's columns but Revenue", expected, row=1)
        reading = _Reading(file.name, file.header, {place: name for name, place in places.items()})
        for count, (number, row) in enumerate(file.rows, start=1):
            reading.take(number, [as_text(cell) for cell in row])
            if count % STEP == 0:
                yield Progress("Reading the file", *file.position())
    return reading.done()


class _Reading:
    """What has been read so far, column by column."""

    def __init__(self, name: str, header: Sequence[str], known: dict[int, str]) -> None:
        self.name, self.header, self.known = name, header, known
        self.label_at = next(place for place, column in known.items() if column == LABEL)
        self.labels: list[int] = []
        self.columns: dict[int, list[str]] = {
            place: [] for place in range(len(header)) if place != self.label_at
        }
        self.faults = FaultList()

    def take(self, number: int, row: list[str]) -> None:
        if len(row) != len(self.header):
            width = f"{len(self.header)} as in the header"
            self.faults.add(Fault(self.name, number, "", f"{len(row)} cells", width))
            return
        label = cells.label(row[self.label_at])
        if label is None:
            self.faults.add(
                Fault(self.name, number, LABEL, shown(row[self.label_at]), "TRUE or FALSE, or 1 or 0")
            )
        for place, column in self.columns.items():
            if self.known.get(place) in NUMBERS and cells.number(row[place]) is None:
                self.faults.add(
                    Fault(self.name, number, self.header[place], shown(row[place]), "a number, or nothing")
                )
            column.append(row[place])
        self.labels.append(label or 0)

    def done(self) -> VisitTable:
        """The table. BadFile where a cell was wrong or no row was there."""
        self.faults.stop_if_any()
        if not self.labels:
            raise BadFile.because(self.name, "a header and nothing below it", "at least one visit", row=2)
        names: list[str] = []
        columns: list[list[float]] = []
        categories: list[bool] = []
        left: list[str] = []
        for place, texts in self.columns.items():
            values = self._values(place, texts)
            if values is None:
                left.append(self.header[place] or "(empty)")
                continue
            names.append(self.known.get(place, self.header[place]))
            columns.append(values[0])
            categories.append(values[1])
        table = Table(
            tuple(names),
            np.array(columns, dtype=np.float64).T,
            tuple(categories),
            np.array(self.labels),
            self._months(),
        )
        return VisitTable(table, tuple(self._notes(left)))

    def _values(self, place: int, texts: list[str]) -> tuple[list[float], bool] | None:
        """The column as numbers, and whether they are codes; None where it is left out."""
        known = self.known.get(place)
        if known in CATEGORIES:
            return _codes(texts), True
        numbers = [nan if found is None else found for found in map(cells.number, texts)]
        if known is not None:
            return numbers, False
        if all(cells.number(text) is not None for text in texts):
            return None if _is_key(numbers) or not self.header[place] else (numbers, False)
        few = len(set(texts)) <= MOST_VALUES and self.header[place]
        return (_codes(texts), True) if few else None

    def _months(self) -> np.ndarray | None:
        place = next((place for place, name in self.known.items() if name == MONTH), None)
        if place is None:
            return None
        return np.array([cells.month(text) for text in self.columns[place]], dtype=np.int64)

    def _notes(self, left: list[str]) -> Generator[str, None, None]:
        missing = [name for name in KNOWN if name not in self.known.values()]
        if missing:
            yield f"Columns of the layout that the file has not got: {', '.join(missing)}."
        if left:
            why = f"keys, or words of more than {MOST_VALUES} values"
            yield f"Columns left out ({why}): {', '.join(left[:20])}."


def _codes(texts: list[str]) -> list[float]:
    """From 0, in the order of the values; no value is one too."""
    places = {value: float(place) for place, value in enumerate(cells.in_order(texts))}
    return [places[text] for text in texts]


def _is_key(numbers: list[float]) -> bool:
    """Whole numbers of which none comes twice: somebody's id, or the row's."""
    whole = all(isnan(value) or value.is_integer() for value in numbers)
    return whole and len(set(numbers)) == len(numbers)
