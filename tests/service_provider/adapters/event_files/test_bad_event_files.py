"""What each bad event file is told: the place, what was found, what is expected."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from event_files import HEADER, as_csv, event, read, refusal


@pytest.fixture
def put(tmp_path: Path) -> Any:
    def write(content: Any, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    ("column", "found", "expected"),
    [
        ("shopper_id", "", "a text"),
        ("shopper_id", "x" * 65, "at most 64 characters, not 65"),
        ("shopper_id", "S\x01", "without control characters"),
        ("occurred_at", "", "ISO 8601 with a zone, such as 2026-05-20T12:00:00Z, or milliseconds since 1970"),
        ("occurred_at", "2026-05-20T09:00:00", "a moment that names its zone"),
        ("occurred_at", "2026-05-20", "a moment that names its zone"),
        ("occurred_at", "20-05-2026", "ISO 8601"),
        ("occurred_at", "yesterday", "ISO 8601"),
        ("occurred_at", "1970-01-01T00:00:00Z", "a moment from 1990 to tomorrow"),
        ("occurred_at", "0001-01-01T00:00:00+14:00", "a moment from 1990 to tomorrow"),
        ("occurred_at", "2100-01-01T00:00:00Z", "a moment from 1990 to tomorrow"),
        ("occurred_at", "2026-05-21T12:00:00.001Z", "a moment from 1990 to tomorrow"),
        ("occurred_at", "1779267600", "a moment from 1990 to tomorrow"),
        ("occurred_at", "9" * 5000, "ISO 8601"),
        ("occurred_at", "-1779267600000", "ISO 8601"),
        ("product_id", "x" * 65, "at most 64 characters, not 65"),
        ("category", "x" * 101, "at most 100 characters, not 101"),
        ("price", "-0.01", "an amount of 0 or more"),
        ("price", "1.999", "at most 2 decimals"),
        ("price", "a lot", "an amount of 0 or more"),
        ("price", "99999999999", "an amount of 0 or more"),
        ("quantity", "0", "a whole number from 1 to 10,000"),
        ("quantity", "-1", "a whole number from 1 to 10,000"),
        ("quantity", "1.5", "a whole number from 1 to 10,000"),
        ("visit_id", "x" * 65, "at most 64 characters, not 65"),
    ],
)
def test_a_bad_cell_is_named(put: Any, column: str, found: str, expected: str) -> None:
    (fault,) = refusal(put(as_csv(event(), event(**{column: found})))).faults
    assert (fault.file, fault.row, fault.column) == ("log.csv", 3, column)
    assert expected in fault.expected
    assert (found[:20] or "nothing") in fault.found


def test_tomorrow_is_not_too_late(put: Any) -> None:
    _, events = read(put(as_csv(event(occurred_at="2026-05-21T12:00:00Z"))))
    assert len(events.ids) == 1


def test_the_first_twenty_faults_are_kept_and_the_rest_counted(put: Any) -> None:
    bad = refusal(put(as_csv(*(event(price="x", quantity="0") for _ in range(1500)))))
    assert [(fault.row, fault.column) for fault in bad.faults[:3]] == [
        (2, "price"),
        (2, "quantity"),
        (3, "price"),
    ]
    assert (len(bad.faults), bad.more) == (20, 2980)


def test_a_fault_far_down_is_found_at_its_row(put: Any) -> None:
    rows = [event() for _ in range(2500)]
    rows[2345] = event(price="x")
    assert refusal(put(as_csv(*rows))).faults[0].row == 2347


@pytest.mark.parametrize("cells", [event()[:-1], [*event(), "more"], ["S1"]])
def test_ragged_rows(put: Any, cells: list[str]) -> None:
    (fault,) = refusal(put(as_csv(event(), cells))).faults
    assert (fault.row, fault.found, fault.expected) == (3, f"{len(cells)} cells", "8 as in the header")


def test_a_file_cut_in_the_middle_of_its_last_row(put: Any) -> None:
    whole = as_csv(event(), event()).rstrip()
    (fault,) = refusal(put(whole[: whole.rindex("Shoes")])).faults
    assert (fault.row, fault.found) == (3, "5 cells")


def test_an_archive_cut_in_the_middle(put: Any) -> None:
    packed = gzip.compress(as_csv(*(event(shopper_id=f"S{number}") for number in range(2000))).encode())
    assert "log.csv.gz: found a damaged archive" in str(
        refusal(put(packed[: len(packed) // 2], "log.csv.gz"))
    )


def test_a_quote_that_never_ends(put: Any) -> None:
    assert "row 3: found a broken quote" in str(refusal(put(as_csv(event()) + '"S1,2026-05-20')))


def test_an_archive_that_unpacks_to_more_than_is_allowed(put: Any) -> None:
    path = put(gzip.compress(as_csv(*(event() for _ in range(100))).encode()), "log.csv.gz")
    assert "once unpacked" in str(refusal(path, most_unpacked=1000))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "an empty file"),
        ("a.csv.gz", b"", "an empty file"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "an empty file"),
        ("a.csv", as_csv(), "row 2: found a header and nothing below it, expected at least one event"),
        (
            "a.csv",
            as_csv(event(kind="scroll")),
            "column kind: found unknown kinds only: scroll, expected page_view",
        ),
        (
            "a.csv",
            as_csv(event()[1:], header=HEADER[1:]),
            "row 1, column shopper_id: found the columns occurred_at",
        ),
        ("a.csv", as_csv([*event(), "x"], header=[*HEADER, "Price"]), "two columns of that name (6 and 9)"),
        ("a.csv", as_csv(event()).replace(",", ";"), "columns separated by semicolons"),
        ("a.csv", gzip.compress(as_csv(event()).encode(), mtime=0), "gzip packed, named as something else"),
        ("a.csv.gz", as_csv(event()), "a damaged archive (Not a gzipped file"),
        ("a.csv", as_csv(event()).encode("utf-16"), "text in UTF-16"),
        ("a.csv", as_csv(event()).encode() + b"\0", "binary data"),
        ("a.parquet", as_csv(event()), "named .parquet and is none"),
    ],
)
def test_a_bad_file_is_named_with_its_cure(put: Any, name: str, content: Any, words: str) -> None:
    message = str(refusal(put(content, name)))
    assert message.startswith(name)
    assert words in message


def test_bad_rows_are_put_aside(put: Any, tmp_path: Path) -> None:
    rows = [
        event(),
        event(price="=1+1"),
        event(shopper_id="S2"),
        event()[:3],
        event(occurred_at="?", quantity="0"),
    ]
    file, events = read(put(as_csv(*rows)), skip_bad_to=tmp_path / "bad.csv")
    assert (events.shoppers, file.rows, file.skipped) == (["S1", "S2"], 2, 3)
    header, *bad = (tmp_path / "bad.csv").read_text().splitlines()
    assert header == ",".join([*HEADER, "row", "reason"])
    assert bad[0].startswith("S1,2026-05-20T09:00:00Z,product_view,P1,Shoes,'=1+1,1,V1,3,")
    assert "3 cells" in bad[1]
    assert "occurred_at: found '?'" in bad[2]
    assert "quantity: found '0'" in bad[2]


def test_where_every_row_is_bad_nothing_is_put_aside(put: Any, tmp_path: Path) -> None:
    bad = refusal(put(as_csv(event(price="x"))), skip_bad_to=tmp_path / "bad.csv")
    assert bad.faults[0].column == "price"
    assert not (tmp_path / "bad.csv").exists()


def test_what_was_put_right_is_read_again(put: Any, tmp_path: Path) -> None:
    read(put(as_csv(event(), event(price="x"))), skip_bad_to=tmp_path / "bad.csv")
    again = (tmp_path / "bad.csv").read_text().replace(",x,", ",1.00,")
    file, events = read(put(again, "again.csv"))
    assert (events.prices, file.unknown_columns) == ([100], ("row", "reason"))
