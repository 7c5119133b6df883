"""Writes rows as XLS, XLSX or CSV: a header, true numbers and dates, no cell that a spreadsheet computes."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, count
from typing import Any, BinaryIO, Literal

import xlwt
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Kind = Literal["text", "integer", "number", "date", "moment", "money"]
FORMATS = ("xls", "xlsx", "csv")
CONTENT_TYPES = {
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
STEP = 1000
XLS_ROWS = 65_536
XLSX_ROWS = 1_048_576
LONGEST = 32_767  # characters in one cell
EXACT = 10**15  # a spreadsheet keeps 15 digits of a number: longer ones go in as text
DATE, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 does not allow; it would make the workbook unreadable.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and what the cells below it are. `digits`: decimals of money, given in the smallest unit."""

    name: str
    kind: Kind = "text"
    digits: int = 2


def clean(text: str) -> str:
    """Text without the characters that a workbook cannot hold, and not longer than a cell."""
    return _ILLEGAL.sub("", text)[:LONGEST]


def as_csv_text(text: str) -> str:
    """Text that a spreadsheet opening the CSV takes as text: a leading apostrophe where it would compute."""
    text = clean(text)
    return f"'{text}" if text.startswith(_COMPUTED) else text


def write(
    file_format: str, *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> None:
    """Writes all rows to `out`. KeyError for a format that is none of FORMATS."""
    for _ in write_in_steps(file_format, title=title, columns=columns, rows=rows, out=out):
        pass


def write_in_steps(
    file_format: str, *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> Iterator[int]:
    """`write`, saying every thousand rows how many are done; what it wrote is whole once it has ended."""
    writers: dict[str, Callable[..., Iterator[int]]] = {
        "xls": _write_xls,
        "xlsx": _write_xlsx,
        "csv": _write_csv,
    }
    return writers[file_format](title=title, columns=columns, rows=rows, out=out)


# ---- CSV --------------------------------------------------------------------------------------------


def csv_chunks(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, size: int = 500
) -> Iterator[bytes]:
    """The CSV in pieces, with the mark by which Excel knows UTF-8; for streaming."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([as_csv_text(column.name) for column in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_value(column, value) for column, value in zip(columns, row, strict=True)])
        if number % size == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece


def _csv_value(column: Column, value: Any) -> Any:
    if value is None:
        return ""
    if column.kind == "moment":
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if column.kind == "money":
        return _money(column, value)
    return as_csv_text(value) if isinstance(value, str) else value


def _money(column: Column, minor: int) -> Decimal:
    return Decimal(minor).scaleb(-column.digits)


def _write_csv(
    *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> Iterator[int]:
    for number, piece in enumerate(csv_chunks(columns, rows, size=STEP), start=1):
        out.write(piece)
        yield number * STEP


# ---- workbooks --------------------------------------------------------------------------------------


def _cell_value(column: Column, value: Any) -> str | int | float | date | datetime | None:
    """What a workbook's cell holds; moments lose their zone, which is the mall's by then."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None  # neither format has a cell for "not a number"
    if column.kind == "money":
        return float(_money(column, value))
    if column.kind == "moment":
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, str) or (isinstance(value, int) and abs(value) >= EXACT):
        return clean(str(value))
    return value


def _number_format(column: Column) -> str:
    if column.kind == "money":
        return "0" if not column.digits else f"0.{'0' * column.digits}"
    return {"date": DATE, "moment": MOMENT, "integer": "0"}.get(column.kind, "General")


def _sheet_name(title: str, number: int) -> str:
    name = re.sub(r"[\[\]:*?/\\']", " ", clean(title)).strip()[:25] or "Sheet"
    return name if number == 1 else f"{name} {number}"


def _sheets(rows: Iterable[Sequence[Any]], per_sheet: int) -> Iterator[tuple[int, Iterator[Sequence[Any]]]]:
    """The rows cut into sheets, at least one."""
    rest = iter(rows)
    number = 1
    yield number, _take(rest, per_sheet)
    for first in rest:
        number += 1
        yield number, _take(chain([first], rest), per_sheet)


def _take(rows: Iterator[Sequence[Any]], most: int) -> Iterator[Sequence[Any]]:
    for _, row in zip(range(most), rows, strict=False):  # range first: zip asks it first, so no row is lost
        yield row


def _write_xlsx(
    *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> Iterator[int]:
    book = Workbook(write_only=True)
    done = count(1)
    for number, part in _sheets(rows, XLSX_ROWS - 1):
        sheet = book.create_sheet(_sheet_name(title, number))
        sheet.freeze_panes = "A2"
        sheet.append([_xlsx_header(sheet, column) for column in columns])
        writers = [_xlsx_writer(sheet, column) for column in columns]
        for row in part:
            sheet.append([cell_of(value) for cell_of, value in zip(writers, row, strict=True)])
            if (written := next(done)) % STEP == 0:
                yield written
    book.save(out)


def _xlsx_header(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, clean(column.name))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _xlsx_writer(sheet: Any, column: Column) -> Callable[[Any], Any]:
    """How a value of this column becomes what the sheet takes; styled cells are used again row after row."""
    number_format = _number_format(column)
    text, styled = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
    styled.number_format = number_format

    def cell_of(given: Any) -> Any:
        value = _cell_value(column, given)
        if isinstance(value, str):
            # openpyxl would make a formula of what begins with =, and an error of "#N/A".
            text.value = value
            text.data_type = "s"
            return text
        if value is None or column.kind in ("integer", "number"):
            return value
        styled.value = value
        return styled

    return cell_of


def _write_xls(
    *, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> Iterator[int]:
    book = xlwt.Workbook(encoding="utf-8")
    styles = [xlwt.easyxf(num_format_str=_number_format(column)) for column in columns]
    done = count(1)
    for number, part in _sheets(rows, XLS_ROWS - 1):
        sheet = _xls_sheet(book, _sheet_name(title, number), columns)
        for place, row in enumerate(part, start=1):
            for index, (column, value) in enumerate(zip(columns, row, strict=True)):
                cell = _cell_value(column, value)
                if cell is not None:
                    sheet.write(place, index, cell, styles[index])
            if (written := next(done)) % STEP == 0:
                sheet.flush_row_data()
                yield written
    book.save(out)


def _xls_sheet(book: Any, name: str, columns: Sequence[Column]) -> Any:
    sheet = book.add_sheet(name)
    sheet.set_panes_frozen(True)
    sheet.set_horz_split_pos(1)
    bold = xlwt.easyxf("font: bold on")
    for index, column in enumerate(columns):
        sheet.write(0, index, clean(column.name), bold)
    return sheet
