"""Parquet files become the rows of text that a CSV would have given, or a BadFile that says what is wrong."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from pyarrow import parquet as files

from service_provider.adapters.event_files import parquet
from service_provider.adapters.faults import BadFile

ZONED = dt.datetime(2019, 10, 1, 8, 30, 0, 123456, tzinfo=dt.UTC)
MORNING = ZONED.replace(tzinfo=None)


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """`put(column=values)` writes a Parquet file and gives its path."""

    def write(**columns: Any) -> Path:
        path = tmp_path / "events.parquet"
        files.write_table(arrow.table(columns), path)
        return path

    return write


def rows_of(path: Path) -> list[tuple[int, list[Any]]]:
    with parquet.opened(path) as table:
        return list(table.rows)


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as refused:
        rows_of(path)
    return str(refused.value)


def test_rows_are_numbered_as_below_a_header(put: Any) -> None:
    with parquet.opened(put(shopper_id=["a", "b"], quantity=[1, 2]), name="march.parquet") as table:
        assert (table.name, table.header) == ("march.parquet", ("shopper_id", "quantity"))
        assert list(table.rows) == [(2, ["a", "1"]), (3, ["b", "2"])]
        done, total = table.position()
        assert done == total > 0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (arrow.array(["Shoes"]), "Shoes"),
        (arrow.array(["Shoes"]).dictionary_encode(), "Shoes"),
        (arrow.array([b"Shoes"]), "Shoes"),
        (arrow.array([44600062]), "44600062"),
        (arrow.array([35.79]), "35.79"),
        (arrow.array([35.79], arrow.float32()), "35.79"),
        (arrow.array([2.0]), "2"),
        (arrow.array([float("nan")]), "nan"),
        (arrow.array([Decimal("35.90")]), "35.90"),
        (arrow.array([True]), "True"),
        (arrow.array([MORNING.date()]), "2019-10-01"),
        (arrow.array([ZONED], arrow.timestamp("us", tz="UTC")), "1569918600123"),
        (arrow.array([ZONED], arrow.timestamp("ns", tz="Europe/Berlin")), "1569918600123"),
        (arrow.array([1569918600], arrow.timestamp("s", tz="UTC")), "1569918600000"),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_a_cell_is_the_text_that_a_csv_would_hold(put: Any, values: Any, text: str) -> None:
    assert rows_of(put(mark=["x"], value=values)) == [(2, ["x", text])]


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_a_moment_without_zone_stays_without_one(put: Any, unit: str) -> None:
    [(_, [text])] = rows_of(put(occurred_at=arrow.array([MORNING], arrow.timestamp(unit))))

    assert text.startswith("2019-10-01 08:30:00.123456")
    assert "+" not in text
    assert "Z" not in text


def test_nothing_is_an_empty_cell_and_empty_rows_are_left_out(put: Any) -> None:
    path = put(shopper_id=["a", None, "c"], price=[None, None, 2.5], category=arrow.nulls(3))

    assert rows_of(path) == [(2, ["a", "", ""]), (4, ["c", "2.5", ""])]


def test_rows_come_in_batches(put: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(parquet, "BATCH", 10)
    with parquet.opened(put(number=list(range(1, 96)))) as table:
        _, size = table.position()
        next(table.rows)
        assert table.position()[0] < size / 5
        assert [cells for _, cells in table.rows] == [[str(n)] for n in range(2, 96)]


def test_a_file_without_rows_is_a_header(put: Any) -> None:
    assert rows_of(put(shopper_id=arrow.array([], arrow.string()))) == []


# ---- what is no such file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"shopper_id,kind\na,purchase\n", "named .parquet and is none"),
        (b"PAR1", "its end is missing"),
        (b"PAR1 and then something else", "its end is missing"),
        (b"PAR1" + b"\0" * 20 + b"PAR1", "a damaged Parquet file"),
        (b"PAR1" + b"\xff" * 20 + b"PAR1", "a damaged Parquet file"),
    ],
)
def test_what_is_no_parquet_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "events.parquet"
    path.write_bytes(content)

    assert words in refusal(path)
    assert "expected a whole Parquet file" in refusal(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_cut_in_the_middle_is_refused(put: Any, share: float) -> None:
    path = put(number=list(range(10_000)))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])

    assert "a Parquet file that was cut: its end is missing" in refusal(path)


def test_a_file_damaged_in_the_middle_is_refused_with_its_place(put: Any) -> None:
    path = put(text=[f"text number {n}" for n in range(20_000)])
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = b"\xff" * (len(content) // 2 - 4)
    path.write_bytes(content)

    assert "events.parquet, row 2: found a damaged Parquet file" in refusal(path)


def test_bytes_that_are_no_text_are_refused(put: Any) -> None:
    assert "a damaged Parquet file" in refusal(put(kind=[b"\xff\xfe"]))


@pytest.mark.parametrize("value", [[["a", "b"]], [{"a": 1}]])
def test_a_cell_holds_one_value(put: Any, value: Any) -> None:
    said = refusal(put(shopper_id=["a"], further=value))

    assert "column further" in said
    assert "expected one value in each cell" in said
