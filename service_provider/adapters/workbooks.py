"""The first sheet of an XLSX workbook as a stream of rows.

openpyxl opens the workbook and knows its styles. Its texts and cells are read here, without a tree in memory:
what that costs is bounded by their bytes, and a hundred thousand rows take seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from service_provider.adapters.faults import BadFile
from service_provider.adapters.workbook_limits import BROKEN, DOCTYPE, check, damaged

Cell = str | int | float | bool | datetime | date | time | timedelta | None

MAX_ROWS = 1_048_576  # what a spreadsheet holds
MAX_COLUMNS = 256
MAX_CELL = 1_000_000  # characters
CHUNK = 256 * 1024

ROW, CELL, VALUE, FORMULA = (f"{SHEET_MAIN_NS} {tag}" for tag in ("row", "c", "v", "f"))
TEXT, ITEM, PHONETIC = (f"{SHEET_MAIN_NS} {tag}" for tag in ("t", "si", "rPh"))


class Sheet:
    """The first sheet. `rows` yields (row number, cells) of the rows that hold something; the first sets the width."""

    def __init__(self, name: str, opener: "_Opener", part: str) -> None:
        self.name = name
        self.width = MAX_COLUMNS
        self.done = 0
        self.total = opener.archive.getinfo(part).file_size
        self._book = opener.wb
        self._texts = opener.shared_strings
        self._open = partial(opener.archive.open, part)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        reading = _Cells(self)
        parser = _parser(self.name, reading)
        try:
            with self._open() as source:
                for part in _fed(parser, source):
                    self.done += part
                    yield from reading.ready
                    reading.ready.clear()
        except BROKEN as error:
            raise damaged(self.name, error, row=reading.row + 1) from None

    def convert(self, kind: str, style: int, text: str) -> Cell:
        """What a cell's text means."""
        if kind == "s":
            return self._texts[int(text)]
        if kind == "n":
            return self._number(style, text)
        if kind == "b":
            return bool(int(text))
        return from_ISO8601(text) if kind == "d" else text

    def _number(self, style: int, text: str) -> Cell:
        number = int(text) if text.isdigit() else float(text)
        if style not in self._book._date_formats:
            return number
        try:
            is_span = style in self._book._timedelta_formats
            return from_excel(number, self._book.epoch, timedelta=is_span)
        except (OverflowError, ValueError):
            return number  # a date beyond the calendar; the column will say what it expects


class _Cells:
    """Gathers rows from the events of a sheet's XML."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.ready: list[tuple[int, list[Cell]]] = []
        self.row = self.column = self.style = self.size = 0
        self.cells: dict[int, Cell] = {}
        self.kind = self.place = ""
        self.parts: list[str] | None = None
        self.columns: dict[str, int] = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == CELL:
            self.place, self.kind = given.get("r", ""), given.get("t", "n")
            self.style, self.size = int(given.get("s", 0)), 0
            self.column = self._column_of(self.place) if self.place else self.column + 1
        elif tag == ROW:
            number = int(given.get("r", self.row + 1))
            if not self.row < number <= MAX_ROWS:
                found, expected = f"more than {MAX_ROWS:,} rows", "at most that many: split the file"
                raise BadFile.because(self.sheet.name, found, expected, row=self.row + 1)
            self.row, self.column, self.cells = number, 0, {}
        elif tag in (VALUE, TEXT):
            self.parts = []
        elif tag == FORMULA:
            expected = "values only: copy the sheet and paste as values"
            raise BadFile.because(self.sheet.name, f"a formula in cell {self.place}", expected, row=self.row)

    def characters(self, text: str) -> None:
        if self.parts is not None:
            self.size += len(text)
            if self.size > MAX_CELL:
                raise ValueError("an endless cell")
            self.parts.append(text)

    def end(self, tag: str) -> None:
        if tag in (VALUE, TEXT) and self.parts is not None:
            text, self.parts = "".join(self.parts), None
            if text and self.column <= self.sheet.width:
                before = (
                    self.cells.get(self.column) if tag == TEXT else None
                )  # rich text comes in several runs
                value = self.sheet.convert(self.kind, self.style, text)
                self.cells[self.column] = value if before is None else f"{before}{value}"
        elif tag == ROW and self.cells:
            width = self.sheet.width if self.row > 1 else max(self.cells)
            self.ready.append((self.row, [self.cells.get(column) for column in range(1, width + 1)]))
            self.sheet.width = width

    def _column_of(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        if letters not in self.columns:
            self.columns[letters] = column_index_from_string(letters)
        return self.columns[letters]


class _Opener(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader of workbooks, but for the shared texts, which it would make a tree of."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = _texts_of(source, str(self.archive.filename))

    def find_sheet(self) -> str | None:
        """The part of the first sheet that has cells; openpyxl's own way would read all sheets for their size."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        for _, relation in self.parser.find_sheets():
            if "chartsheet" not in relation.Type and relation.target in self.valid_files:
                return str(relation.target)
        return None


class _Texts:
    """Gathers the shared texts from the events of their XML; readings beside East Asian signs are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parts: list[str] = []
        self.inside: set[str] = set()

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag in (TEXT, PHONETIC):
            self.inside.add(tag)

    def end(self, tag: str) -> None:
        self.inside.discard(tag)
        if tag == ITEM:
            self.texts.append("".join(self.parts))
            self.parts.clear()

    def characters(self, text: str) -> None:
        if self.inside == {TEXT}:
            self.parts.append(text)


def _texts_of(source: Any, name: str) -> list[str]:
    reading = _Texts()
    for _ in _fed(_parser(name, reading), source):
        pass
    return reading.texts


def _parser(name: str, reading: _Cells | _Texts) -> Any:
    """An XML parser that takes no document type, so that nothing can unfold inside it."""

    def refuse(*given: object) -> None:
        raise BadFile.because(name, DOCTYPE, "a workbook from a spreadsheet")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.characters
    return parser


def _fed(parser: Any, source: Any) -> Iterator[int]:
    """Feeds the parser; yields after each piece how many bytes that was."""
    while chunk := source.read(CHUNK):
        parser.Parse(chunk, False)
        yield len(chunk)
    parser.Parse(b"", True)
    yield 0


@contextmanager
def opened(path: Path, name: str) -> Iterator[Sheet]:
    """The first sheet of the workbook. BadFile where it is none, is damaged or would unpack to an enormous size."""
    check(path, name)
    opener = None
    try:
        try:
            opener = _Opener(path, read_only=True, keep_links=False)
            part = opener.find_sheet()
        except BROKEN as error:
            raise damaged(name, error) from None
        if part is None:
            expected = "the transactions on the first sheet"
            raise BadFile.because(name, "a workbook without a sheet of cells", expected)
        yield Sheet(name, opener, part)
    finally:
        if opener is not None:
            opener.archive.close()
