"""Reading transaction files: what is accepted, set aside and previewed."""

# ruff: noqa: DTZ001 - a spreadsheet knows no zones

import csv
import gzip
import hashlib
import lzma
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from transaction_files import HEADER, as_csv, line, refusal

from service_provider.adapters import file_store, files, tables

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
    (note,) = files.read_transactions(path).notes
    assert note.startswith("1 row carries a Tid that an earlier row has too (row 3 has 'T1', as row 2).")
    assert "row 3, column Tid: found 'T1', which row 2 has too" in str(refusal(path, unique_tids=True))


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


# ---- archives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_a_packed_csv_is_read_as_what_it_holds(put: Any, suffix: str, pack: Any) -> None:
    content = as_csv(line(), line(Tid="T2")).encode()
    path = put(pack(content), f"sales.csv{suffix}")
    assert [row.tid for row in files.read_transactions(path).rows] == ["T1", "T2"]
    assert "damaged archive" in str(refusal(put(pack(content)[:-9], f"cut.csv{suffix}")))


def test_a_packed_file_is_bounded(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_UNPACKED", 10)
    assert "once unpacked" in str(refusal(put(gzip.compress(as_csv(line()).encode()), "large.csv.gz")))
