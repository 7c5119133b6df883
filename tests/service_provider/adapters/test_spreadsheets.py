"""What is written opens again with the same numbers, dates and texts, and computes nothing."""

# ruff: noqa: DTZ001 - a spreadsheet knows no zones

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from service_provider.adapters import spreadsheets
from service_provider.adapters.spreadsheets import Column

COLUMNS = (
    Column("Tid"),
    Column("quantity", "integer"),
    Column("share", "number"),
    Column("day", "date"),
    Column("at", "moment"),
    Column("price", "money"),
)
AT = datetime(2026, 5, 20, 12, 0, 3, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
ROW = ("T1", -5, 0.25, date(2022, 8, 5), AT, 150040)
DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "#N/A",
    "#REF!",
    "=cmd|' /C calc'!A0",
    "{=1}",
    "'=1",
]


def written(
    file_format: str, rows: Any, columns: Sequence[Column] = COLUMNS, title: str = "predictions"
) -> bytes:
    out = io.BytesIO()
    spreadsheets.write(file_format, title=title, columns=columns, rows=rows, out=out)
    return out.getvalue()


def xlsx(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).worksheets[0]


def xls(content: bytes) -> Any:
    return xlrd.open_workbook(file_contents=content, formatting_info=True)


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_xlsx_has_a_header_true_numbers_and_dates() -> None:
    sheet = xlsx(written("xlsx", [ROW]))
    assert sheet.title == "predictions"
    assert [cell.value for cell in sheet[1]] == [column.name for column in COLUMNS]
    assert [cell.value for cell in sheet[2]] == [
        "T1", -5, 0.25, datetime(2022, 8, 5), datetime(2026, 5, 20, 14, 0, 3), 1500.4,
    ]  # fmt: skip
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d", "n"]
    assert [cell.number_format for cell in sheet[2]][3:] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "0.00"]


def test_xls_has_a_header_true_numbers_and_dates() -> None:
    book = xls(written("xls", [ROW]))
    sheet = book.sheet_by_index(0)
    assert sheet.row_values(0) == [column.name for column in COLUMNS]
    cells = sheet.row(1)
    assert [cell.ctype for cell in cells] == [
        xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE, xlrd.XL_CELL_DATE,
        xlrd.XL_CELL_NUMBER,
    ]  # fmt: skip
    assert [cells[i].value for i in (0, 1, 2, 5)] == ["T1", -5, 0.25, 1500.4]
    assert xlrd.xldate_as_datetime(cells[3].value, book.datemode) == datetime(2022, 8, 5)
    assert xlrd.xldate_as_datetime(cells[4].value, book.datemode) == datetime(2026, 5, 20, 14, 0, 3)


def test_csv_has_a_header_numbers_and_iso_dates() -> None:
    header, row = csv_rows(written("csv", [ROW]))
    assert header == [column.name for column in COLUMNS]
    assert row == ["T1", "-5", "0.25", "2022-08-05", "2026-05-20 14:00:03", "1500.40"]


@pytest.mark.parametrize("file_format", spreadsheets.FORMATS)
def test_nothing_in_a_cell_is_an_empty_cell(file_format: str) -> None:
    content = written(file_format, [(None,) * 6])
    if file_format == "csv":
        assert csv_rows(content)[1] == [""] * 6
    elif file_format == "xlsx":
        assert [c.value for c in xlsx(content)[2]] in ([], [None] * 6)
    else:
        assert xls(content).sheet_by_index(0).nrows == 1


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_stays_text(text: str) -> None:
    columns = [Column("=header"), Column("number", "integer")]
    header, row = csv_rows(written("csv", [(text, -5)], columns))
    assert header[0] == "'=header"
    assert row == [f"'{text}" if text[0] in "=+-@\t\r" else text, "-5"]
    sheet = xlsx(written("xlsx", [(text, -5)], columns))
    assert (sheet["A1"].data_type, sheet["A2"].data_type, sheet["B2"].data_type) == ("s", "s", "n")
    assert sheet["A2"].value == text.replace("\r", "\n")  # XML has one line break only
    cells = xls(written("xls", [(text, -5)], columns)).sheet_by_index(0).row(1)
    assert [(cell.ctype, cell.value) for cell in cells] == [
        (xlrd.XL_CELL_TEXT, text),
        (xlrd.XL_CELL_NUMBER, -5),
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
def test_any_text_stays_text_in_every_format(texts: list[str]) -> None:
    column = [Column("text")]
    rows = [(text,) for text in texts]
    for row in csv_rows(written("csv", rows, column))[1:]:
        assert not row or not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    sheet = xlsx(written("xlsx", rows, column))
    for place, text in enumerate(texts, start=2):
        cell = sheet.cell(place, 1)
        assert cell.data_type == "s" or (cell.value is None and not spreadsheets.clean(text))
        one_break = spreadsheets.clean(text).replace("\r\n", "\n").replace("\r", "\n")
        assert (cell.value or "") == one_break
    book = xls(written("xls", rows, column)).sheet_by_index(0)
    for place, text in enumerate(texts, start=1):
        assert book.cell(place, 0).ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
        assert book.cell(place, 0).value == spreadsheets.clean(text)


@given(st.text(), st.sampled_from(["=", "+", "-", "@", "\t", "\r"]))
def test_csv_text_that_would_compute_gets_one_apostrophe(rest: str, sign: str) -> None:
    assert spreadsheets.as_csv_text(sign + rest) == "'" + spreadsheets.clean(sign + rest)


def test_a_csv_with_dangerous_text_reads_back() -> None:
    rows = [(f'{text}\nand, "more"',) for text in DANGEROUS]
    assert len(csv_rows(written("csv", rows, [Column("text")]))) == len(DANGEROUS) + 1


def test_characters_that_no_workbook_holds_are_left_out() -> None:
    text = "a\x00b\x0bc\ud800d\uffffe"
    assert xlsx(written("xlsx", [(text,)], [Column("t")]))["A2"].value == "abcde"
    assert len(xlsx(written("xlsx", [("x" * 40_000,)], [Column("t")]))["A2"].value) == 32_767


def test_a_number_that_is_none_leaves_its_cell_empty() -> None:
    sheet = xlsx(
        written(
            "xlsx", [(float("nan"), 1), (float("inf"), 2)], [Column("n", "number"), Column("i", "integer")]
        )
    )
    assert [sheet["A2"].value, sheet["A3"].value] == [None, None]


def test_money_has_the_digits_of_its_currency() -> None:
    columns = [Column("yen", "money", digits=0), Column("dinar", "money", digits=3)]
    assert csv_rows(written("csv", [(1500, 1234)], columns))[1] == ["1500", "1.234"]
    assert [c.number_format for c in xlsx(written("xlsx", [(1500, 1234)], columns))[2]] == ["0", "0.000"]


def test_xls_goes_on_in_a_second_sheet() -> None:
    rows = ((f"T{i}",) for i in range(65_537))
    book = xlrd.open_workbook(file_contents=written("xls", rows, [Column("Tid")], title="a/b[c]"))
    assert book.sheet_names() == ["a b c", "a b c 2"]
    first, second = book.sheets()
    assert (first.nrows, second.nrows) == (65_536, 3)
    assert (first.cell_value(65_535, 0), second.cell_value(0, 0), second.cell_value(1, 0)) == (
        "T65534",
        "Tid",
        "T65535",
    )


def test_an_exactly_full_sheet_stays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "XLS_ROWS", 4)
    sheets = xlrd.open_workbook(file_contents=written("xls", [("a",)] * 3, [Column("t")])).sheets()
    assert [sheet.nrows for sheet in sheets] == [4]


@pytest.mark.parametrize("file_format", spreadsheets.FORMATS)
def test_no_rows_is_a_header(file_format: str) -> None:
    content = written(file_format, [])
    if file_format == "csv":
        assert len(csv_rows(content)) == 1
    elif file_format == "xlsx":
        assert xlsx(content).max_row == 1
    else:
        assert xls(content).sheet_by_index(0).nrows == 1


def test_csv_comes_in_pieces() -> None:
    pieces = list(spreadsheets.csv_chunks([Column("n", "integer")], ((i,) for i in range(1200)), size=500))
    assert len(pieces) == 3
    assert len(csv_rows(b"".join(pieces))) == 1201
