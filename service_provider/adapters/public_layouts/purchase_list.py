"""Plain purchases, in the layout of CDNOW's master file: customer, day, pieces, value; blanks or commas between."""

import re
from collections.abc import Generator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np

from engine.contracts import Progress
from engine.tabular.repurchase.purchases import Purchases
from service_provider.adapters import tables
from service_provider.adapters.faults import BadFile, Fault, FaultList, shown
from service_provider.adapters.public_layouts import cells
from service_provider.adapters.transaction_columns import as_text

COLUMNS = ("customer_id", "date", "number_of_cds", "dollar_value")
NEEDED = COLUMNS[:2]
DAY = "a day as 19970101 or 1997-01-01"
STEP = 10_000
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)


def read(path: Path) -> Generator[Progress, None, Purchases]:
    """All purchases of a text (plain, .gz or .xz). BadFile where one is wrong. The file may lack its header; pieces and
    value may be missing."""
    with tables.opened(path) as file:
        header = _split(file.header)
        reading = _Reading(file.name, header)
        for count, (number, row) in enumerate(file.rows, start=2):
            reading.take(number, _split([as_text(cell) for cell in row]))
            if count % STEP == 0:
                yield Progress("Reading the file", *file.position())
    return reading.done()


def _split(row: Sequence[str]) -> list[str]:
    return row[0].split() if len(row) == 1 else [cell.strip() for cell in row]


class _Reading:
    """What has been read so far."""

    def __init__(self, name: str, header: list[str]) -> None:
        self.name, self.faults = name, FaultList()
        self.customers: list[str] = []
        self.rows: list[tuple[int, float, float]] = []
        self.width = len(header)
        if len(header) == len(COLUMNS) and _day(header[1]) is not None:
            self.places = {column: place for place, column in enumerate(COLUMNS)}
            self.take(1, header)
            return
        known = [cell.casefold() for cell in header]
        self.places = {column: known.index(column) for column in COLUMNS if column in known}
        missing = [column for column in NEEDED if column not in self.places]
        if missing:
            given = f"the columns {', '.join(header[:20])}"
            raise BadFile(
                tuple(Fault(name, 1, column, given, f"a column named {column}") for column in missing)
            )

    def take(self, number: int, row: list[str]) -> None:
        if len(row) != self.width:
            self.faults.add(
                Fault(self.name, number, "", f"{len(row)} cells", f"{self.width} as in the first row")
            )
            return
        customer, day = row[self.places["customer_id"]], _day(row[self.places["date"]])
        if not customer:
            self.faults.add(Fault(self.name, number, "customer_id", "nothing", "the customer's number"))
        if day is None:
            self.faults.add(Fault(self.name, number, "date", shown(row[self.places["date"]]), DAY))
        pieces, value = (self._amount(number, row, column) for column in COLUMNS[2:])
        self.customers.append(customer)
        self.rows.append((day or 0, pieces, value))

    def _amount(self, number: int, row: list[str], column: str) -> float:
        """0 where the file has no such column."""
        if column not in self.places:
            return 0.0
        text = row[self.places[column]]
        found = cells.number(text)
        if found is None or not found >= 0:
            self.faults.add(Fault(self.name, number, column, shown(text), "a number of 0 or more"))
            return 0.0
        return found

    def done(self) -> Purchases:
        self.faults.stop_if_any()
        if not self.rows:
            raise BadFile.because(self.name, "a header and nothing below it", "at least one purchase", row=2)
        days, pieces, values = (np.array(column) for column in zip(*self.rows, strict=True))
        codes = np.unique(np.array(self.customers), return_inverse=True)[1]
        return Purchases(codes.astype(np.int64), days.astype(np.int64), pieces, values)


def _day(text: str) -> int | None:
    """Days since the first of January of the year 1."""
    found = _DAY.fullmatch(text)
    if found:
        with suppress(ValueError):
            return date(int(found[1]), int(found[2]), int(found[3])).toordinal()
    return None
