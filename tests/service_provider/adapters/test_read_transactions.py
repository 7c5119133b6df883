"""Reading transaction files: what is accepted, and what each bad file is told."""

# ruff: noqa: DTZ001 - a spreadsheet knows no zones

import csv
import hashlib
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from service_provider.adapters import file_store, files, tables, workbook_limits

HEADER = [
    "Tid", "coupon_no", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method",
    "invoice_date", "shopping_mall", "Label",
]  # fmt: skip
ROW = dict(
    zip(
        HEADER,
        ["T1", "c1", "C1", "Female", "28", "Clothing", "5", "1500.4", "Cash", "05-08-22", "Kanyon", "0"],
        strict=True,
    )
)


def line(**changes: Any) -> list[Any]:
    return [(ROW | changes)[column] for column in HEADER]


def as_csv(*rows: list[Any], header: list[str] = HEADER, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue()


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """`put(content)` writes a file and gives its path; a list of rows becomes a workbook."""

    def write(content: Any, name: str = "sales.csv") -> Path:
        path = tmp_path / name
        if isinstance(content, list):
            book = Workbook()
            for row in content:
                book.active.append(row)
            book.save(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refusal(path: Path, **options: Any) -> files.BadFile:
    with pytest.raises(files.BadFile) as caught:
        files.read_transactions(path, **options)
    return caught.value


# ---- what is accepted -------------------------------------------------------------------------------


def test_a_row_becomes_a_transaction(put: Any) -> None:
    read = files.read_transactions(put(as_csv(line())))
    (row,) = read.rows
    assert (row.tid, row.coupon_no, row.customer_id, row.gender, row.age) == ("T1", "c1", "C1", "Female", 28)
    assert (row.category, row.quantity, row.price_minor, row.payment_method) == (
        "Clothing",
        5,
        150040,
        "Cash",
    )
    assert (row.invoice_date, row.shopping_mall, row.label) == (date(2022, 8, 5), "Kanyon", 0)
    assert read.labelled
    assert read.columns == tuple(HEADER)
    assert len(read.sha256) == 64
    assert read.skipped == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(put: Any, encoding: str) -> None:
    path = put(as_csv(line(category="Café", shopping_mall="Köln")).encode(encoding))
    (row,) = files.read_transactions(path).rows
    assert (row.tid, row.category, row.shopping_mall) == ("T1", "Café", "Köln")


def test_a_broken_character_far_behind_makes_the_whole_file_latin_1(put: Any) -> None:
    rows = [line(Tid=f"T{i}", category="Café") for i in range(20_000)]
    path = put(as_csv(*rows).encode("latin-1"))
    assert path.stat().st_size > tables.CHUNK
    assert {row.category for row in files.read_transactions(path).rows} == {"Café"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("05-08-22", date(2022, 8, 5)),
        ("05-08-2022", date(2022, 8, 5)),
        ("5/8/2022", date(2022, 8, 5)),
        ("2022-08-05", date(2022, 8, 5)),
        ("2022-08-05T00:00:00", date(2022, 8, 5)),
        ("29-02-24", date(2024, 2, 29)),
    ],
)
def test_dates(put: Any, written: str, meant: date) -> None:
    assert files.read_transactions(put(as_csv(line(invoice_date=written)))).rows[0].invoice_date == meant


@pytest.mark.parametrize(
    ("written", "digits", "minor"),
    [
        ("1500.4", 2, 150040),
        ("0", 2, 0),
        ("15.69", 2, 1569),
        ("1500.3999999999999", 2, 150040),
        ("1500", 0, 1500),
        ("1.234", 3, 1234),
    ],
)
def test_prices_in_the_smallest_unit(put: Any, written: str, digits: int, minor: int) -> None:
    rows = files.read_transactions(put(as_csv(line(price=written))), minor_digits=digits).rows
    assert rows[0].price_minor == minor


def test_header_names_in_any_case_order_and_company(put: Any) -> None:
    header = [" LABEL ", "invoice_no", "note", *HEADER[2:-1]]
    cells = ["1", "I-7", "of no interest", *line()[2:-1]]
    (row,) = files.read_transactions(put(as_csv(cells, header=header))).rows
    assert (row.tid, row.coupon_no, row.label) == ("I-7", "", 1)


def test_invoice_no_beside_tid_is_one_more_column(put: Any) -> None:
    path = put(as_csv([*line(), "I-7"], header=[*HEADER, "invoice_no"]))
    assert files.read_transactions(path).rows[0].tid == "T1"


def test_without_label(put: Any) -> None:
    read = files.read_transactions(put(as_csv(line()[:-1], header=HEADER[:-1])))
    assert not read.labelled
    assert read.rows[0].label is None


def test_a_quoted_line_break_becomes_a_blank_and_rows_are_counted_as_a_spreadsheet_does(put: Any) -> None:
    path = put(as_csv(line(category="Food\n& Beverage"), line(Tid="T2", age="old")))
    assert "row 3, column age" in str(refusal(path))
    assert (
        files.read_transactions(put(as_csv(line(category="Food\r\n& Beverage")))).rows[0].category
        == "Food & Beverage"
    )


def test_blank_lines_are_passed_over_and_counted(put: Any) -> None:
    path = put(as_csv(line()) + "\n\n" + ",".join(line(Tid="T2", age="old")) + "\n")
    assert [(f.row, f.column) for f in refusal(path).faults] == [(5, "age")]


def test_a_workbook_with_true_dates_and_numbers(put: Any) -> None:
    cells = line(
        Tid=17, age=28, quantity=5.0, price=1500.4, invoice_date=datetime(2022, 8, 5, 13, 0), Label=1
    )
    (row,) = files.read_transactions(put([HEADER, cells], "sales.xlsx")).rows
    assert (row.tid, row.age, row.quantity, row.price_minor) == ("17", 28, 5, 150040)
    assert (row.invoice_date, row.label) == (date(2022, 8, 5), 1)


def test_the_same_tid_on_another_line_is_noted_in_training_and_refused_where_tids_must_be_unique(
    put: Any,
) -> None:
    path = put(as_csv(line(), line(customer_id="C2")))
    assert files.read_transactions(path).notes == ("1 rows carry a Tid that an earlier row has too.",)
    assert "row 3, column Tid: found 'T1', which row 2 has too" in str(refusal(path, unique_tids=True))


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


# ---- skipping bad rows ------------------------------------------------------------------------------


def test_skipping_keeps_the_good_rows_and_writes_the_bad_ones_with_their_reason(
    put: Any, tmp_path: Path
) -> None:
    target = tmp_path / "bad.csv"
    path = put(as_csv(line(), line(Tid="T2", age="old", quantity="0"), line(Tid="T3"), ["T4"]))
    read = files.read_transactions(path, skip_bad_to=target)
    assert [row.tid for row in read.rows] == ["T1", "T3"]
    assert read.skipped == 2
    written = list(csv.DictReader(target.open(encoding="utf-8")))
    assert [(row["Tid"], row["row"]) for row in written] == [("T2", "3"), ("T4", "5")]
    assert "age: found 'old'" in written[0]["reason"]
    assert "quantity: found '0'" in written[0]["reason"]


def test_bad_rows_are_written_as_text_that_no_spreadsheet_computes(put: Any, tmp_path: Path) -> None:
    target = tmp_path / "bad.csv"
    path = put(as_csv(line(), line(Tid='=HYPERLINK("x")', age="old", quantity="-5")))
    files.read_transactions(path, skip_bad_to=target)
    (row,) = csv.DictReader(target.open(encoding="utf-8"))
    assert row["Tid"] == '\'=HYPERLINK("x")'
    assert row["quantity"] == "-5"


@pytest.mark.parametrize(
    "content", [as_csv(line(age="old")), as_csv(line()[:3], header=HEADER[:3]), as_csv()]
)
def test_skipping_writes_nothing_where_nothing_good_is_left(put: Any, tmp_path: Path, content: str) -> None:
    path = put(content)
    refusal(path, skip_bad_to=tmp_path / "bad.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["sales.csv"]


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


# ---- preview ----------------------------------------------------------------------------------------


def test_preview_shows_the_first_rows_as_they_stand(put: Any) -> None:
    path = put(as_csv(*(line(Tid=f"T{i}") for i in range(30))))
    seen = files.preview(path, rows=3)
    assert seen.columns == tuple(HEADER)
    assert [row[0] for row in seen.rows] == ["T0", "T1", "T2"]
    assert seen.labelled
    assert seen.faults == ()


def test_preview_gives_faults_and_keeps_what_it_could_read(put: Any) -> None:
    seen = files.preview(put(as_csv(line(), line(Tid="T2", age="old"))))
    assert [(f.row, f.column) for f in seen.faults] == [(3, "age")]
    assert len(seen.rows) == 2


def test_preview_reads_a_bounded_part(put: Any) -> None:
    rows = [line(Tid=f"T{i}") for i in range(2000)] + [line(Tid="T-bad", age="old")]
    path = put(as_csv(*rows))
    assert refusal(path).faults
    assert files.preview(path).faults == ()


# ---- uploads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "head", "words"),
    [
        ("a.csv", 100, b"Tid,coupon", None),
        ("A.XLSX", 100, b"PK\x03\x04", None),
        ("a.csv", 50 * 1024 * 1024, b"Tid,coupon", None),
        ("a.csv", 60 * 1024 * 1024, b"Tid,coupon", "60.0 MB; at most 50 MB"),
        ("a.csv", 0, b"", "is empty"),
        ("a.xls", 100, tables.OLE, "neither .csv nor .xlsx"),
        ("a.exe", 100, b"MZ", "neither .csv nor .xlsx"),
        ("a.csv", 100, b"PK\x03\x04", "a zip archive named as something else"),
        ("a.csv", 100, b"Tid\0", "binary data"),
        ("a.xlsx", 100, b"Tid,coupon", "no workbook"),
    ],
)
def test_check_upload(name: str, size: int, head: bytes, words: str | None) -> None:
    reason = files.check_upload(name, size, head)
    assert (reason is None) == (words is None)
    assert not words or words in str(reason)


def test_an_upload_is_stored_under_a_random_name() -> None:
    stored, sha256, size = file_store.save_upload([b"Tid", b",x"], ".CSV")
    assert file_store.upload_path(stored).read_bytes() == b"Tid,x"
    assert size == 5
    assert sha256 == hashlib.sha256(b"Tid,x").hexdigest()
    file_store.delete_upload(stored)
    assert not file_store.upload_path(stored).exists()


def test_a_sixty_megabyte_upload_is_refused_and_leaves_nothing(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with pytest.raises(file_store.FileTooLarge, match="larger than 50 MB"):
        file_store.save_upload((b"x" * 1024 * 1024 for _ in range(60)), "csv")
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize("name", ["../settings.py", "a/b.csv", "x.csv", "", "0" * 32 + ".csv/../x"])
def test_only_names_of_its_own_making_are_opened(name: str) -> None:
    with pytest.raises(ValueError, match="not a stored name"):
        file_store.upload_path(name)
