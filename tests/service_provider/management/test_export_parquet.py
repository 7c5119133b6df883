"""`export --format parquet`: the same rows with types, for programs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import make
import pytest
from django.core.management import call_command
from pyarrow import parquet as files

from service_provider.adapters.event_files import parquet as reader
from service_provider.adapters.exports import parquet
from service_provider.adapters.spreadsheets import Column

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
COLUMNS = (
    Column("name"), Column("pieces", "integer"), Column("share", "number"), Column("day", "date"),
    Column("at", "moment"), Column("price", "money", 3),
)  # fmt: skip


def written(rows: list[Any]) -> tuple[Any, list[int]]:
    out = BytesIO()
    steps = list(parquet.write_in_steps(columns=COLUMNS, rows=iter(rows), out=out))
    return files.read_table(BytesIO(out.getvalue())), steps


def test_each_column_has_its_type() -> None:
    table, _ = written([("=1+1", 2, 0.5, date(2026, 5, 20), NOON, 12345), (None,) * 6])

    assert [str(field.type) for field in table.schema] == [
        "string", "int64", "double", "date32[day]", "timestamp[ms, tz=UTC]", "decimal128(18, 3)"
    ]  # fmt: skip
    assert table.to_pylist()[0] == {
        "name": "=1+1",
        "pieces": 2,
        "share": 0.5,
        "day": date(2026, 5, 20),
        "at": NOON,
        "price": Decimal("12.345"),
    }
    assert set(table.to_pylist()[1].values()) == {None}


@pytest.mark.parametrize(("count", "steps"), [(0, []), (1, [1]), (2500, [1000, 2000, 2500])])
def test_rows_are_written_a_thousand_at_a_time(count: int, steps: list[int]) -> None:
    table, said = written([("x", n, 0.5, None, NOON, n) for n in range(count)])

    assert (table.num_rows, said) == (count, steps)


def test_the_catalogue_goes_out_and_is_read_as_it_was(db: None, tmp_path: Path) -> None:
    make.product("P1")
    make.product("P2", title="Boot, high", mall="", margin_bp=4250, stock=0, is_active=False)
    out = tmp_path / "catalogue.parquet"
    call_command("export", "catalogue", "--format", "parquet", "--out", str(out), stdout=StringIO())

    with reader.opened(out) as table:
        assert table.header == (
            "product_id",
            "title",
            "category",
            "mall",
            "price",
            "margin",
            "stock",
            "active",
        )
        assert [cells for _, cells in table.rows] == [
            ["P2", "Boot, high", "Shoes", "", "89.90", "0.4250", "0", "0"],
            ["P1", "Trail shoe", "Shoes", "Kanyon", "89.90", "0.3500", "12", "1"],
        ]


@pytest.mark.parametrize("what", ["predictions", "shoppers", "accuracies", "rehearsals"])
def test_every_list_goes_out(anna: Any, tmp_path: Path, what: str) -> None:
    make.prediction(make.model_version(), shopper=anna.shopper)
    out = tmp_path / f"{what}.parquet"
    call_command("export", what, "--format", "parquet", "--out", str(out), stdout=StringIO())

    assert files.read_table(out).num_rows == {"accuracies": 9, "rehearsals": 0}.get(what, 1)
