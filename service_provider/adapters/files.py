"""Reads transaction files (CSV, XLSX): all rows as values, or a BadFile that says what is wrong where."""

import csv
import hashlib
import io
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.contracts import Progress, Transaction
from service_provider.adapters import tables, transaction_columns
from service_provider.adapters.faults import BadFile, Fault, FaultList, shown
from service_provider.adapters.file_store import MAX_BYTES, FileTooLarge, whole_file
from service_provider.adapters.spreadsheets import as_csv_text
from service_provider.adapters.tables import Table
from service_provider.adapters.workbooks import Cell

__all__ = [
    "MAX_BYTES", "BadFile", "BadRows", "Fault", "FileTooLarge", "Preview", "TransactionFile", "bad_rows",
    "check_upload", "preview", "read_in_steps", "read_transactions",
]  # fmt: skip

STEP = 5000
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
PREVIEW_ROWS = 1000


@dataclass(frozen=True, slots=True)
class TransactionFile:
    """What stood in a file. `notes` are sentences about what is allowed and still worth knowing."""

    rows: list[Transaction]
    labelled: bool
    skipped: int
    columns: tuple[str, ...]
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """The names of the columns that were left out."""
        return tuple(name for name in self.columns if transaction_columns.known_name(name) is None)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they stand in the file, and the faults among the first thousand."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labelled: bool
    faults: tuple[Fault, ...]


def check_upload(
    name: str,
    size: int,
    head: bytes,
    *,
    suffixes: tuple[str, ...] = (".csv", ".xlsx"),
    holds: str = "transaction",
) -> str | None:
    """Why a file is refused before it is read, from its name, size and first bytes; None lets it in."""
    suffix = next((each for each in suffixes if name.lower().endswith(each)), None)
    if suffix is None:
        return f"{name} is neither {' nor '.join(suffixes)}. Save the table as one of these."
    if size > MAX_BYTES:
        megabytes = size / 1024 / 1024
        return f"{name} has {megabytes:.1f} MB; at most 50 MB can be uploaded. Split it into several files."
    if not size or not head:
        return f"{name} is empty. Choose a file with a header row and at least one {holds}."
    refusal = tables.refuse_bytes(Path(name).suffix, head)
    if not refusal and suffix == ".csv" and b"\0" in head:
        refusal = "binary data", tables.TABLE
    return f"{name}: found {refusal[0]}, expected {refusal[1]}." if refusal else None


def read_transactions(
    path: Path,
    *,
    minor_digits: int = 2,
    skip_bad_to: Path | None = None,
    unique_tids: bool = False,
    name: str = "",
) -> TransactionFile:
    """All transactions of the file. BadFile where one is wrong; `skip_bad_to` takes the bad ones instead."""
    steps = read_in_steps(
        path, minor_digits=minor_digits, skip_bad_to=skip_bad_to, unique_tids=unique_tids, name=name
    )
    while True:
        try:
            next(steps)
        except StopIteration as end:
            file: TransactionFile = end.value
            return file


def read_in_steps(
    path: Path,
    *,
    minor_digits: int = 2,
    skip_bad_to: Path | None = None,
    unique_tids: bool = False,
    name: str = "",
) -> Generator[Progress, None, TransactionFile]:
    """`read_transactions` with progress: bytes done, or rows where the total is unknown.

    A line repeats another where Tid, coupon_no and customer_id are equal; with `unique_tids`, where Tid is.
    `name` is what messages call the file, where it is stored under another one.
    """
    with tables.opened(path, name=name) as table, bad_rows(skip_bad_to, table.header) as bad:
        reading = _Reading(
            transaction_columns.plan(table.name, table.header, minor_digits=minor_digits), unique_tids
        )
        for count, (number, cells) in enumerate(table.rows, start=1):
            faults = reading.take(number, cells)
            if faults and bad is not None:
                bad.write(number, cells, faults)
            if count % STEP == 0:
                done, total = table.position()
                yield Progress("Reading the file", done or count, total)
        reading.check(skip_bad=bad is not None)
        return reading.result(table, _sha256(path))


def preview(path: Path, *, rows: int = 10, minor_digits: int = 2, name: str = "") -> Preview:
    """The file's beginning, checked; bad content comes back as faults."""
    columns: tuple[str, ...] = ()
    shown_rows: list[tuple[str, ...]] = []
    labelled, faults = False, FaultList()
    try:
        with tables.opened(path, name=name, bounded=True) as table:
            columns = table.header
            reading = _Reading(
                transaction_columns.plan(table.name, columns, minor_digits=minor_digits), unique_tids=False
            )
            labelled = reading.plan.labelled
            for count, (number, cells) in enumerate(table.rows):
                if count >= PREVIEW_ROWS:
                    break
                if count < rows:
                    shown_rows.append(tuple("" if cell is None else str(cell) for cell in cells))
                reading.take(number, cells)
            faults = reading.faults
            reading.check(skip_bad=False)
    except BadFile as bad:
        return Preview(columns, tuple(shown_rows), labelled, bad.faults)
    return Preview(columns, tuple(shown_rows), labelled, tuple(faults.kept))


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    plan: transaction_columns.Plan
    unique_tids: bool
    rows: list[Transaction] = field(default_factory=list)
    faults: FaultList = field(default_factory=FaultList)
    skipped: int = 0
    first_rows: dict[Any, int] = field(default_factory=dict)
    first_tids: dict[str, int] = field(default_factory=dict)
    again: int = 0
    example: str = ""

    def take(self, number: int, cells: Sequence[Cell]) -> list[Fault]:
        row, faults = self.plan.read(number, cells)
        if row is not None:
            key = row.tid if self.unique_tids else (row.tid, row.coupon_no, row.customer_id)
            first = self.first_rows.setdefault(key, number)
            if first != number:
                faults = [self._repeated(row, number, first)]
        if row is not None and not faults:
            self.rows.append(row)
            self._note_tid(row.tid, number)
        else:
            self.skipped += 1
        for fault in faults:
            self.faults.add(fault)
        return faults

    def _note_tid(self, tid: str, number: int) -> None:
        """A Tid that came before, on a line that is another one, is counted and the first of them named."""
        first = self.first_tids.setdefault(tid, number)
        if first != number:
            self.again += 1
            self.example = self.example or f"row {number} has {shown(tid)}, as row {first}"

    def _repeated(self, row: Transaction, number: int, first: int) -> Fault:
        once = (
            "each Tid once" if self.unique_tids else "each line (Tid with its coupon_no and customer_id) once"
        )
        return Fault(self.plan.file, number, "Tid", f"{shown(row.tid)}, which row {first} has too", once)

    def check(self, *, skip_bad: bool) -> None:
        """BadFile unless there is something to give back."""
        if not self.rows and not self.faults.kept:
            raise BadFile.because(
                self.plan.file, "a header and nothing below it", "at least one transaction", row=2
            )
        if not skip_bad or not self.rows:
            self.faults.stop_if_any()

    def result(self, table: Table, sha256: str) -> TransactionFile:
        notes: tuple[str, ...] = ()
        if self.again:
            rows = "1 row carries" if self.again == 1 else f"{self.again:,} rows carry"
            notes = (
                f"{rows} a Tid that an earlier row has too ({self.example}). Each is kept as a line of its own; "
                "where it is a mistake, put the Tid right and read the file again.",
            )
        return TransactionFile(self.rows, self.plan.labelled, self.skipped, table.header, sha256, notes)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# ---- the file of bad rows ---------------------------------------------------------------------------


@dataclass(slots=True)
class BadRows:
    """Rows that were skipped, with the reason, to be put right and read again."""

    out: Any
    width: int

    def write(self, number: int, cells: Sequence[Cell], faults: Sequence[Fault]) -> None:
        padded = [*cells, *[None] * (self.width - len(cells))][: self.width]
        reason = "; ".join(f"{f.column or 'row'}: found {f.found}, expected {f.expected}" for f in faults)
        self.out.writerow([*(_safe(cell) for cell in padded), number, reason])


def _safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would compute gets an apostrophe; what is a number stays one."""
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return as_csv_text(cell)


@contextmanager
def bad_rows(target: Path | None, header: Sequence[str]) -> Iterator[BadRows | None]:
    """Where bad rows go, under the header and with their reasons; None where nobody asked for them."""
    if target is None:
        yield None
        return
    with whole_file(target) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow([*map(as_csv_text, header), "row", "reason"])
        yield BadRows(out, len(header))
