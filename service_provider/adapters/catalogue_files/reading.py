"""Reads catalogue files (CSV, packed or not): all products, or a BadFile that says what is wrong where."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.contracts import Progress
from service_provider.adapters import tables
from service_provider.adapters.catalogue_files import columns
from service_provider.adapters.catalogue_files.columns import Plan, ProductRow
from service_provider.adapters.faults import BadFile, Fault, FaultList, shown
from service_provider.adapters.files import BadRows, bad_rows
from service_provider.adapters.workbooks import Cell

STEP = 1000


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """What stood in a file."""

    rows: list[ProductRow]
    skipped: int
    unknown_columns: tuple[str, ...]


def read_in_steps(
    path: Path, *, minor_digits: int = 2, skip_bad_to: Path | None = None, name: str = ""
) -> Generator[Progress, None, CatalogueFile]:
    """All products of the file, each once. BadFile where one is wrong; `skip_bad_to` takes the bad ones instead.

    Prices are in the major unit of a currency with `minor_digits` decimals. `name` is what messages call the file.
    """
    with tables.opened(path, name=name) as table, bad_rows(skip_bad_to, table.header) as bad:
        reading = _Reading(columns.plan(table, minor_digits=minor_digits), bad)
        for count, (number, cells) in enumerate(table.rows, start=1):
            reading.take(number, cells)
            if count % STEP == 0:
                yield Progress("Reading the file", *table.position())
        reading.check()
        return CatalogueFile(reading.rows, reading.skipped, tables.others(table, reading.plan.places))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    plan: Plan
    bad: BadRows | None
    rows: list[ProductRow] = field(default_factory=list)
    faults: FaultList = field(default_factory=FaultList)
    skipped: int = 0
    first_rows: dict[str, int] = field(default_factory=dict)

    def take(self, number: int, cells: Sequence[Cell]) -> None:
        row, faults = self.plan.read(number, cells)
        if row is not None:
            first = self.first_rows.setdefault(row.product_id, number)
            if first == number:
                self.rows.append(row)
                return
            found = f"{shown(row.product_id)}, which row {first} has too"
            faults = [Fault(self.plan.file, number, "product_id", found, "each product once")]
        self.skipped += 1
        for fault in faults:
            self.faults.add(fault)
        if self.bad is not None:
            self.bad.write(number, cells, faults)

    def check(self) -> None:
        """BadFile unless there is something to give back."""
        if self.bad is None or not self.rows:
            self.faults.stop_if_any()
        if not self.rows:
            nothing = "a header and nothing below it"
            raise BadFile.because(self.plan.file, nothing, "at least one product", row=2)
