"""Reading event files: what cells mean, what a row's id is, and how visits are cut."""

import csv
import gzip
import lzma
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from event_files import HEADER, MINUTE, NINE, as_csv, at, event, read, read_into

from engine.contracts import KINDS
from service_provider.adapters.event_files.silence import CUT
from service_provider.adapters.event_files.spool import Spool


@pytest.fixture
def put(tmp_path: Path) -> Any:
    def write(*rows: list[Any], header: list[str] = HEADER, name: str = "log.csv") -> Path:
        path = tmp_path / name
        content = as_csv(*rows, header=header).encode()
        pack = {".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)
        path.write_bytes(pack(content))
        return path

    return write


def values(put: Any, **changes: Any) -> dict[str, Any]:
    _, events = read(put(event(**changes)))
    return {name: column[0] for name, column in events._asdict().items()}


def test_a_row_is_an_event(put: Any) -> None:
    found = values(put)
    assert len(found.pop("ids")) == 32
    assert found == {
        "shoppers": "S1", "moments": NINE, "kinds": KINDS.index("product_view"), "products": "P1",
        "categories": "Shoes", "prices": 8990, "quantities": 1, "visits": "V1",
    }  # fmt: skip


def test_empty_cells_mean_unknown(put: Any) -> None:
    found = values(put, product_id="", category="", price="", quantity=" ")
    assert (found["products"], found["categories"], found["prices"], found["quantities"]) == (
        "",
        "",
        None,
        None,
    )


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-20T09:00:00Z",
        "2026-05-20T09:00:00.000+00:00",
        "2026-05-20 11:00:00+02:00",
        "2026-05-20T14:30:00.000999+05:30",
        " 1779267600000 ",
    ],
)
def test_a_moment_is_written_in_several_ways(put: Any, written: str) -> None:
    assert values(put, occurred_at=written)["moments"] == NINE


def test_a_price_without_decimals_stays_whole(put: Any) -> None:
    _, events = read(put(event(price="1500")), minor_digits=0)
    assert events.prices == [1500]


def test_columns_stand_in_any_order_and_unknown_ones_are_left_out(put: Any) -> None:
    header = ["note", *reversed(HEADER)]
    file, events = read(put(["x", *reversed(event())], header=[name.upper() for name in header]))
    assert events.shoppers == ["S1"]
    assert file.unknown_columns == ("NOTE",)


def test_a_hundred_columns(put: Any) -> None:
    more = [f"c{number}" for number in range(92)]
    file, events = read(put(event() + ["x"] * 92, header=HEADER + more))
    assert (events.shoppers, file.unknown_columns) == (["S1"], tuple(more))


def test_unknown_kinds_are_counted_and_skipped_whatever_else_they_hold(put: Any) -> None:
    rows = [event(), event(kind="Scroll", price="-1", occurred_at="?"), event(kind=""), event(kind="scroll")]
    file, events = read(put(*rows, event(kind=" PURCHASE ")))
    assert file.unknown_kinds == {"Scroll": 1, "": 1, "scroll": 1}
    assert events.kinds == [KINDS.index("product_view"), KINDS.index("purchase")]
    assert (file.rows, file.skipped) == (2, 0)


def test_a_file_that_invents_kinds_does_not_fill_the_memory(put: Any) -> None:
    file, _ = read(put(event(), *(event(kind=f"k{number}") for number in range(80))))
    assert len(file.unknown_kinds) == 51
    assert file.unknown_kinds["(others)"] == 30


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.csv.xz"])
def test_packed_files_are_read_alike(put: Any, name: str) -> None:
    _, events = read(put(event(), event(shopper_id="S2"), name=name))
    assert events.shoppers == ["S1", "S2"]


def test_parquet_is_read_alike(put: Any, tmp_path: Path) -> None:
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    path = put(event(), event(kind="purchase", price="", visit_id=""))
    parquet.write_table(arrow_csv.read_csv(path), tmp_path / "log.parquet")
    assert read(tmp_path / "log.parquet")[1] == read(path)[1]


# ---- ids --------------------------------------------------------------------------------------------


def test_the_same_row_has_the_same_id_however_it_is_written(put: Any) -> None:
    again = event(occurred_at=at(0), kind="Product_View", price="89.9", quantity="1.0", shopper_id=" S1 ")
    _, events = read(put(event(), again))
    assert events.ids[0] == events.ids[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"shopper_id": "S2"},
        {"occurred_at": "2026-05-20T09:00:00.001Z"},
        {"kind": "search"},
        {"product_id": "P2"},
        {"category": "Toys"},
        {"price": "0"},
        {"price": ""},
        {"quantity": "2"},
        {"visit_id": "V2"},
        {"product_id": "", "category": "P1"},
    ],
)
def test_another_row_has_another_id(put: Any, changes: dict[str, str]) -> None:
    _, events = read(put(event(product_id="P1", category=""), event(**{"category": ""} | changes)))
    assert events.ids[0] != events.ids[1]


# ---- visits -----------------------------------------------------------------------------------------


def cut(put: Any, *moments: tuple[str, float]) -> list[str]:
    _, events = read(
        put(*(event(shopper_id=who, occurred_at=at(when), visit_id="") for who, when in moments))
    )
    return events.visits


def test_thirty_minutes_of_silence_end_a_visit(put: Any) -> None:
    first, second, third = cut(put, ("S1", 0), ("S1", 30), ("S1", 60.001))
    assert first == second != third
    assert first.startswith(CUT)
    assert len(first) <= 64


def test_visits_are_cut_by_shopper(put: Any) -> None:
    one, other = cut(put, ("S1", 0), ("S2", 1))
    assert one != other


def test_events_out_of_order_come_into_their_visits(put: Any) -> None:
    ordered = cut(put, ("S1", 0), ("S1", 25), ("S1", 50), ("S1", 200), ("S2", 5))
    shuffled = cut(put, ("S1", 50), ("S1", 200), ("S2", 5), ("S1", 0), ("S1", 25))
    assert shuffled == [ordered[2], ordered[3], ordered[4], ordered[0], ordered[1]]
    assert ordered[0] == ordered[2]


def test_the_order_of_the_file_stays(put: Any) -> None:
    _, events = read(put(*(event(occurred_at=at(minute)) for minute in (5, 1, 3))))
    assert events.moments == [NINE + minute * MINUTE for minute in (5, 1, 3)]


def test_some_rows_name_their_visit_and_others_do_not(put: Any) -> None:
    rows = [event(visit_id="", occurred_at=at(0)), event(), event(visit_id="", occurred_at=at(10))]
    _, events = read(put(*rows))
    assert events.visits[1] == "V1"
    assert events.visits[0] == events.visits[2] != "V1"


def test_without_the_column_all_visits_are_cut(put: Any) -> None:
    _, events = read(put(event()[:-1], header=HEADER[:-1]))
    assert events.visits[0].startswith(CUT)


# ---- memory -----------------------------------------------------------------------------------------


def test_memory_hardly_grows_with_the_rows(tmp_path: Path) -> None:
    """As objects a row takes more than a thousand bytes; what is kept of one is its shopper and its moment."""

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        with path.open("w", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(HEADER)
            out.writerows(
                event(shopper_id=f"S{number % 997}", occurred_at=at(-number), visit_id="")
                for number in range(rows)
            )
        tracemalloc.start()
        with Spool(batch=1000) as spool:
            file = read_into(spool, path)
            assert sum(len(batch.ids) for batch in file.batches()) == rows
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)
    assert peak(60_000) - peak(30_000) < 30_000 * 64
