"""CSV and XLSX files as a header and numbered rows of cells; whatever is no such table is a BadFile."""

import codecs
import csv
import gzip
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service_provider.adapters import workbooks
from service_provider.adapters.faults import BadFile, Fault
from service_provider.adapters.workbooks import MAX_ROWS, Cell

CHUNK = 1024 * 1024
TABLE = "a CSV text file (UTF-8 or latin-1) or an XLSX workbook"
WHOLE = "the whole of it: fetch it or pack it again"
DELIMITERS = {";": "semicolons (;)", "\t": "tabs", "|": "bars (|)"}
OLE = b"\xd0\xcf\x11\xe0"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
PACKED: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".xz": lzma.open}
MOST_UNPACKED = 1024 * CHUNK


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold: rows of a text, bytes of what an archive unpacks to."""

    rows: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` yields (row number as a spreadsheet shows it, cells); `position`: bytes done, of all."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[Cell]]]
    position: Callable[[], tuple[int, int]]


@contextmanager
def opened(
    path: Path, *, name: str = "", bounded: bool = False, limits: Limits | None = None
) -> Iterator[Table]:
    """The table in the file. `bounded` looks at the first megabyte only before reading, for a preview."""
    name = name or path.name
    limits = limits or Limits(MAX_ROWS, MOST_UNPACKED)
    with (
        _unpacked(path, name, limits.unpacked) as plain,
        _opened(plain, name, bounded, limits.rows) as table,
    ):
        yield table


def places(table: Table, columns: Sequence[str], needed: Sequence[str]) -> dict[str, int]:
    """Where each of `columns` stands, whatever its case; others are left out. BadFile: one is missing or doubled."""
    names = {column.casefold(): column for column in columns}
    found: dict[str, int] = {}
    for index, header in enumerate(table.header):
        column = names.get(header.strip().casefold())
        if column in found:
            twice = f"two columns of that name ({found[column] + 1} and {index + 1})"
            raise BadFile.because(table.name, twice, "each column once", row=1, column=column)
        if column is not None:
            found[column] = index
    missing = [column for column in needed if column not in found]
    if missing:
        given = f"the columns {', '.join(name or '(empty)' for name in table.header[:20])}"
        raise BadFile(
            tuple(Fault(table.name, 1, column, given, f"a column named {column}") for column in missing)
        )
    return found


def others(table: Table, known: dict[str, int]) -> tuple[str, ...]:
    """The names of the columns that are none of the known ones."""
    taken = set(known.values())
    return tuple(name for place, name in enumerate(table.header) if place not in taken)


@contextmanager
def _unpacked(path: Path, name: str, most: int) -> Iterator[Path]:
    """The file itself, or a copy of what a .gz or .xz holds, as data sets are often kept on disk."""
    unpack = PACKED.get(path.suffix.lower())
    if unpack is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="mall-unpacked-") as folder:
        copy = Path(folder) / path.stem
        _unpack(unpack, path, copy, name, most)
        yield copy


def _unpack(unpack: Callable[[Path], Any], path: Path, copy: Path, name: str, most: int) -> None:
    try:
        with unpack(path) as packed, copy.open("wb") as out:
            while chunk := packed.read(CHUNK):
                out.write(chunk)
                if out.tell() > most:
                    expected = "less: split the file"
                    raise BadFile.because(name, f"more than {most // CHUNK:,} MB once unpacked", expected)
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile.because(name, f"a damaged archive ({error})", WHOLE) from error


@contextmanager
def _opened(path: Path, name: str, bounded: bool, most_rows: int) -> Iterator[Table]:
    with path.open("rb") as handle:
        head = handle.read(8)
    if not head:
        raise BadFile.because(name, "an empty file", TABLE)
    refusal = refuse_bytes(path.suffix, head)
    if refusal:
        raise BadFile.because(name, *refusal)
    table_in = _workbook(path, name) if head.startswith(ZIP) else _text(path, name, bounded, most_rows)
    with table_in as table:
        _check_header(table)
        yield table


def refuse_bytes(suffix: str, head: bytes) -> tuple[str, str] | None:
    """(found, expected) where the first bytes are no table, or not the one that the name promises."""
    is_workbook = suffix.lower() == ".xlsx"
    if head.startswith(OLE):
        return (
            "an old Excel file (.xls) or an encrypted workbook",
            "XLSX or CSV: in Excel choose Save as, then .xlsx",
        )
    if head.startswith(ZIP) and not is_workbook:
        return "a zip archive named as something else", TABLE
    if is_workbook and not head.startswith(ZIP):
        return "a file that is named .xlsx and is no workbook", "an XLSX workbook; name a text file .csv"
    if suffix.lower() == ".gz" and not head.startswith(GZIP):
        return "a file that is named .gz and is not packed", "what gzip packs; name a text file .csv"
    if suffix.lower() != ".gz" and head.startswith(GZIP):
        return "a file that gzip packed, named as something else", "the name it got, ending in .csv.gz"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "text in UTF-16", "UTF-8: in Excel choose Save as, then CSV UTF-8"
    return None


def _check_header(table: Table) -> None:
    if not any(table.header):
        raise BadFile.because(table.name, "an empty first row", "the names of the columns", row=1)
    if len(table.header) == 1:
        for delimiter, words in DELIMITERS.items():
            if delimiter in table.header[0]:
                raise BadFile.because(
                    table.name, f"columns separated by {words}", "columns separated by commas (,)", row=1
                )


# ---- text -------------------------------------------------------------------------------------------


@contextmanager
def _text(path: Path, name: str, bounded: bool, most_rows: int) -> Iterator[Table]:
    encoding = _encoding(path, name, CHUNK if bounded else None)
    size = path.stat().st_size
    errors = "replace" if bounded else "strict"
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as handle,
    ):
        rows = _csv_rows(csv.reader(handle, strict=True), name, most_rows)
        _, header = next(rows, (1, []))
        yield Table(
            name,
            tuple(str(cell).strip() for cell in header),
            rows,
            lambda: (min(size, raw.tell()), size),
        )


def _encoding(path: Path, name: str, limit: int | None) -> str:
    """UTF-8 where every byte fits, else Western European, of which latin-1's letters are a part."""
    for encoding in ("utf-8-sig", "cp1252"):
        if _decodes(path, name, encoding, limit):
            return encoding
    raise BadFile.because(name, "bytes that are no text", TABLE)


def _decodes(path: Path, name: str, encoding: str, limit: int | None) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    seen = 0
    with path.open("rb") as handle:
        while (limit is None or seen < limit) and (chunk := handle.read(CHUNK)):
            if b"\0" in chunk:
                raise BadFile.because(name, f"binary data (byte {seen + chunk.index(0) + 1} is zero)", TABLE)
            seen += len(chunk)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=limit is None)
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(reader: Any, name: str, most_rows: int) -> Iterator[tuple[int, list[Cell]]]:
    """The first row, and of the others those that hold something."""
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > most_rows:
                found, expected = f"more than {most_rows:,} rows", "at most that many: split the file"
                raise BadFile.because(name, found, expected, row=number)
            if any(cells) or number == 1:
                yield number, cells
    except csv.Error as error:
        expected = "quotes in pairs: a quote inside a quoted cell is written twice"
        raise BadFile.because(
            name, f"a broken quote or an endless cell ({error})", expected, row=number + 1
        ) from None


# ---- workbooks --------------------------------------------------------------------------------------


@contextmanager
def _workbook(path: Path, name: str) -> Iterator[Table]:
    with workbooks.opened(path, name) as sheet:
        rows = sheet.rows()
        first = next(rows, None)
        cells = first[1] if first and first[0] == 1 else []
        header = tuple("" if cell is None else str(cell).strip() for cell in cells)
        yield Table(name, header, rows, lambda: (sheet.done, sheet.total))
