"""What each bad transaction file is told: the place, what was found, what is expected."""

# ruff: noqa: DTZ001 - a spreadsheet knows no zones

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from transaction_files import HEADER, as_csv, line, refusal

from service_provider.adapters import files, tables, workbook_limits

# ---- what is refused, cell by cell ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "found", "expected"),
    [
        ("Tid", "", "a text"),
        ("Tid", "x" * 81, "at most 80 characters, not 81"),
        ("coupon_no", "x" * 41, "at most 40 characters"),
        ("category", "x" * 61, "at most 60 characters"),
        ("category", "Sho\x01es", "without control characters"),
        ("gender", "Unknown", "Female or Male or Other"),
        ("gender", "", "Female or Male or Other"),
        ("age", "121", "a whole number from 0 to 120"),
        ("age", "-1", "a whole number from 0 to 120"),
        ("age", "twenty", "a whole number from 0 to 120"),
        ("age", "28.5", "a whole number from 0 to 120"),
        ("quantity", "-2", "a whole number from 1 to 10,000"),
        ("quantity", "0", "a whole number from 1 to 10,000"),
        ("quantity", "99999999999999", "a whole number from 1 to 10,000"),
        ("price", "a lot", "an amount of 0 or more with at most 2 decimals, such as 1500.40"),
        ("price", "-0.5", "an amount of 0 or more"),
        ("price", "-0.001", "an amount of 0 or more"),
        ("price", "NaN", "an amount of 0 or more"),
        ("price", "1e300", "an amount of 0 or more"),
        ("price", "1500,40", "an amount of 0 or more"),
        ("price", "15.695", "with at most 2 decimals"),
        ("invoice_date", "31-02-2022", "a date that exists, day first"),
        ("invoice_date", "12/31/2022", "a date that exists, day first"),
        ("invoice_date", "yesterday", "a date as dd-mm-yy, dd-mm-yyyy, d/m/yyyy or yyyy-mm-dd"),
        ("invoice_date", "0022-08-05", "a date of the years 1970 to 2099"),
        ("invoice_date", "44778", "a date as dd-mm-yy"),
        ("Label", "2", "0 (Low) or 1 (High)"),
        ("Label", "", "0 (Low) or 1 (High)"),
    ],
)
def test_a_bad_cell_is_named(put: Any, column: str, found: str, expected: str) -> None:
    path = put(as_csv(line(Tid="T0"), line(**{column: found})))
    (fault,) = refusal(path).faults
    assert (fault.file, fault.row, fault.column) == ("sales.csv", 3, column)
    assert expected in fault.expected
    assert (found[:20] or "nothing") in fault.found
    assert str(fault).startswith(f"sales.csv, row 3, column {column}: found ")


@pytest.mark.parametrize(
    ("column", "value"),
    [("price", True), ("quantity", 2.5), ("age", True), ("invoice_date", 44778), ("Label", True)],
)
def test_a_bad_cell_of_a_workbook_is_named(put: Any, column: str, value: Any) -> None:
    path = put([HEADER, line(), line(**{"Tid": "T2", column: value})], "sales.xlsx")
    assert [(f.row, f.column) for f in refusal(path).faults] == [(3, column)]


def test_the_first_twenty_faults_are_kept_and_the_rest_counted(put: Any) -> None:
    bad = refusal(put(as_csv(*(line(Tid=f"T{i}", age="x") for i in range(33)))))
    assert len(bad.faults) == 20
    assert bad.more == 13
    assert str(bad).endswith("And 13 more.")


def test_duplicate_ids_name_both_rows(put: Any) -> None:
    bad = refusal(put(as_csv(line(), line(Tid="T2"), line(age="29"))))
    assert str(bad.faults[0]) == (
        "sales.csv, row 4, column Tid: found 'T1', which row 2 has too, "
        "expected each line (Tid with its coupon_no and customer_id) once."
    )


@pytest.mark.parametrize("cells", [line()[:-1], [*line(), "more"], ["T1"]])
def test_ragged_rows(put: Any, cells: list[str]) -> None:
    (fault,) = refusal(put(as_csv(line(Tid="T0"), cells))).faults
    assert (fault.row, fault.found, fault.expected) == (3, f"{len(cells)} cells", "12 as in the header")


# ---- whole files ------------------------------------------------------------------------------------


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


BOMB = zipped(**{"xl/workbook.xml": b"<a/>", "xl/sharedStrings.xml": b" " * (workbook_limits.MAX_TEXTS + 1)})
ENTITIES = zipped(**{"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", ["an empty file", "CSV text file"]),
        ("a.csv", b"\n\n", ["row 1", "an empty first row", "the names of the columns"]),
        ("a.csv", as_csv(), ["row 2", "a header and nothing below it", "at least one transaction"]),
        ("a.csv", as_csv(line(), delimiter=";"), ["row 1", "semicolons (;)", "separated by commas"]),
        ("a.csv", as_csv(line(), delimiter="\t"), ["row 1", "separated by tabs", "separated by commas"]),
        ("a.csv", as_csv(line()[1:], header=HEADER[1:]), ["row 1, column Tid", "a column named Tid"]),
        ("a.csv", as_csv(line(), header=[*HEADER[:-1], " PRICE"]), ["row 1, column price", "(8 and 12)", "once"]),
        ("a.csv", zipped(a=b"b"), ["a zip archive named as something else"]),
        ("a.xlsx", zipped(a=b"b"), ["a zip archive that is no workbook"]),
        ("a.xlsx", zipped(**{"xl/workbook.xml": b"<broken"}), ["a damaged workbook"]),
        ("a.xlsx", b"PK\x03\x04 and then nonsense", ["a damaged workbook"]),
        ("a.xlsx", BOMB, ["unpacks to an enormous size"]),
        ("a.xlsx", ENTITIES, ["a document type of its own"]),
        ("a.xlsx", as_csv(line()), ["named .xlsx and is no workbook", "name a text file .csv"]),
        ("a.xlsx", tables.OLE + b"\0" * 600, ["an old Excel file (.xls)", "Save as"]),
        ("a.csv", tables.OLE + b"\0" * 600, ["an old Excel file (.xls)"]),
        ("a.csv", as_csv(line()).encode() + b"\0\0", ["binary data (byte", "is zero"]),
        ("a.csv", bytes(range(1, 256)) * 3, ["bytes that are no text"]),
        ("a.csv", as_csv(line()).encode("utf-16"), ["text in UTF-16", "CSV UTF-8"]),
        ("a.csv", as_csv(line()) + 'T2,"never closed', ["row 3", "a broken quote", "quotes in pairs"]),
        ("a.csv", as_csv(line()) + "T2," + "x" * 200_000, ["row 3", "an endless cell"]),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_cure(put: Any, name: str, content: Any, words: list[str]) -> None:
    path = put(content, name)
    message = str(refusal(path))
    assert message.startswith(name)
    for word in words:
        assert word in message
    assert " ".join(str(f) for f in files.preview(path).faults).startswith(name)


def test_all_missing_columns_are_named(put: Any) -> None:
    bad = refusal(put(as_csv(["T1", "x"], header=["Tid", "gender"])))
    assert [f.column for f in bad.faults] == [c for c in HEADER[2:-1] if c != "gender"]


def test_formulas_are_refused_by_cell(put: Any) -> None:
    path = put([HEADER, line(), line(Tid="T2", price="=1+1")], "sales.xlsx")
    message = str(refusal(path))
    assert "row 3: found a formula in cell H3" in message
    assert "paste as values" in message


def test_only_the_first_sheet_is_read(put: Any) -> None:
    book = Workbook()
    book.active.append(HEADER)
    book.active.append(line())
    book.create_sheet("notes").append(["=1+1"])
    path = put("", "sales.xlsx")
    book.save(path)
    assert len(files.read_transactions(path).rows) == 1


def test_a_workbook_without_cells(put: Any) -> None:
    assert "an empty first row" in str(refusal(put([], "sales.xlsx")))


def test_what_a_workbook_says_of_its_size_is_not_believed(put: Any, tmp_path: Path) -> None:
    path = put([HEADER, line(), line(Tid="T2")], "sales.xlsx")
    lying = tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(lying, "w") as new:
        for part in old.namelist():
            content = old.read(part).replace(b'<dimension ref="A1:L3"', b'<dimension ref="A1:XFD1048576"')
            content = content.replace(b'<row r="3"', b'<row r="99999999"') if "sheet1" in part else content
            new.writestr(part, content)
    assert len(files.read_transactions(path).rows) == 2
    assert "more than 1,048,576 rows" in str(refusal(lying))


def test_more_rows_than_a_spreadsheet_holds(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    path = put(as_csv(*(line(Tid=f"T{i}") for i in range(3))))
    assert "row 4: found more than 3 rows" in str(refusal(path))


def test_messages_call_a_stored_file_by_its_own_name(put: Any) -> None:
    path = put(as_csv(line(age="old")), "0a1b.csv")
    assert str(refusal(path, name="march.csv")).startswith("march.csv, row 2, column age")
