"""Reading catalogue files: what cells mean, and what each bad one is told."""

import csv
import gzip
import io
import lzma
from pathlib import Path
from typing import Any

import pytest

from service_provider.adapters.catalogue_files import reading
from service_provider.adapters.catalogue_files.columns import ProductRow
from service_provider.adapters.catalogue_files.reading import CatalogueFile
from service_provider.adapters.faults import BadFile

HEADER = ["product_id", "title", "category", "mall", "price", "margin", "stock", "active"]
ROW = dict(zip(HEADER, ["P1", "Trail shoe", "Shoes", "Kanyon", "89.90", "0.35", "12", "1"], strict=True))


def product(**changes: Any) -> list[Any]:
    return [(ROW | changes)[column] for column in HEADER]


@pytest.fixture
def put(tmp_path: Path) -> Any:
    def write(*rows: list[Any], header: list[str] = HEADER, name: str = "goods.csv") -> Path:
        out = io.StringIO()
        csv.writer(out).writerows([header, *rows])
        path = tmp_path / name
        pack = {".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)
        path.write_bytes(pack(out.getvalue().encode()))
        return path

    return write


def read(path: Path, **options: Any) -> CatalogueFile:
    steps = reading.read_in_steps(path, **options)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def refusal(path: Path, **options: Any) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(path, **options)
    return caught.value


@pytest.mark.parametrize("name", ["goods.csv", "goods.csv.gz", "goods.csv.xz"])
def test_a_row_is_a_product(put: Any, name: str) -> None:
    assert read(put(product(), name=name)).rows == [
        ProductRow("P1", "Trail shoe", "Shoes", "Kanyon", 8990, 3500, 12, True)
    ]


@pytest.mark.parametrize(
    ("margin", "bp"),
    [
        ("0", 0),
        ("1", 10_000),
        ("0.35", 3500),
        ("35%", 3500),
        ("12.345 %", 1235),
        ("0.333333", 3333),
        ("100%", 10_000),
    ],
)
def test_a_margin_is_a_rate_or_a_percentage(put: Any, margin: str, bp: int) -> None:
    assert read(put(product(margin=margin))).rows[0].margin_bp == bp


@pytest.mark.parametrize(
    ("active", "is_active"),
    [("true", True), ("1", True), ("YES", True), ("False", False), ("0", False), ("no", False)],
)
def test_active_is_said_in_several_ways(put: Any, active: str, is_active: bool) -> None:
    assert read(put(product(active=active))).rows[0].is_active is is_active


def test_other_columns_are_left_out_and_the_mall_may_be_unknown(put: Any) -> None:
    file = read(put([*product(mall=""), "x"], header=[*HEADER, "colour"]))
    assert (file.rows[0].mall, file.unknown_columns) == ("", ("colour",))


@pytest.mark.parametrize(
    ("column", "found", "expected"),
    [
        ("product_id", "", "a text"),
        ("product_id", "x" * 65, "at most 64 characters"),
        ("title", "", "a text"),
        ("title", "x" * 201, "at most 200 characters"),
        ("category", "", "a text"),
        ("mall", "x" * 61, "at most 60 characters"),
        ("price", "", "an amount of 0 or more"),
        ("price", "-1", "an amount of 0 or more"),
        ("price", "1.999", "at most 2 decimals"),
        ("margin", "", "a rate from 0 to 1, such as 0.35, or a percentage, such as 35%"),
        ("margin", "35", "a rate from 0 to 1"),
        ("margin", "101%", "a rate from 0 to 1"),
        ("margin", "-0.1", "a rate from 0 to 1"),
        ("margin", "nan", "a rate from 0 to 1"),
        ("stock", "-1", "a whole number from 0"),
        ("stock", "1.5", "a whole number from 0"),
        ("active", "maybe", "true, 1, yes or false, 0, no"),
        ("active", "", "true, 1, yes or false, 0, no"),
    ],
)
def test_a_bad_cell_is_named(put: Any, column: str, found: str, expected: str) -> None:
    (fault,) = refusal(put(product(product_id="P0"), product(**{column: found}))).faults
    assert (fault.file, fault.row, fault.column) == ("goods.csv", 3, column)
    assert expected in fault.expected


def test_a_product_twice_names_both_rows(put: Any) -> None:
    assert "row 3, column product_id: found 'P1', which row 2 has too, expected each product once" in str(
        refusal(put(product(), product(title="Another")))
    )


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        ([], HEADER, "a header and nothing below it, expected at least one product"),
        ([product()[:-1]], HEADER[:-1], "row 1, column active"),
        ([product()[:-2]], HEADER, "row 2: found 6 cells, expected 8 as in the header"),
    ],
)
def test_a_bad_file_is_named(put: Any, rows: list[Any], header: list[str], words: str) -> None:
    assert words in str(refusal(put(*rows, header=header)))


def test_a_file_cut_in_the_middle(put: Any) -> None:
    path = put(*(product(product_id=f"P{n}") for n in range(2000)), name="goods.csv.gz")
    path.write_bytes(path.read_bytes()[:-100])
    assert "a damaged archive" in str(refusal(path))


def test_bad_rows_are_put_aside(put: Any, tmp_path: Path) -> None:
    rows = [product(), product(product_id="P2", price="x"), product(), product(product_id="P3")]
    file = read(put(*rows), skip_bad_to=tmp_path / "bad.csv")
    assert ([row.product_id for row in file.rows], file.skipped) == (["P1", "P3"], 2)
    bad = (tmp_path / "bad.csv").read_text()
    assert "price: found 'x'" in bad
    assert "which row 2 has too" in bad
