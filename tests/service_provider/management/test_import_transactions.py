"""`import_transactions FILE` on a terminal."""

import gzip
import json
import lzma
from io import StringIO
from pathlib import Path
from typing import Any

import make
import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from service_provider.models import AuditEntry, RevenuePrediction, Transaction

HEADER = (
    "Tid,customer_id,gender,age,category,quantity,price,payment_method,invoice_date,shopping_mall,Label\n"
)
ROWS = "T1,C1,Female,28,Shoes,2,1200.34,Cash,05-08-22,Kanyon,1\nT2,C2,Male,30,Toys,1,35.84,Cash,6/8/2022,Kanyon,0\n"
BAD = "T3,C3,Male,old,Toys,1,35.84,Cash,6/8/2022,Kanyon,0\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales(tmp_path: Path) -> Any:
    def write(content: str) -> Path:
        path = tmp_path / "sales.csv"
        path.write_text(content)
        return path

    return write


def run(*args: Any) -> list[str]:
    out = StringIO()
    call_command("import_transactions", *map(str, args), stdout=out)
    return out.getvalue().splitlines()


def refused(*args: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*args)
    return caught.value


def test_rows_go_in_and_the_last_line_is_json(sales: Any) -> None:
    make.prediction(make.model_version(), tid="T2")
    lines = run(sales(HEADER + ROWS), "--json")
    assert json.loads(lines[-1]) == {
        "rows": 2, "labelled": True, "skipped": 0, "unknown_columns": [],
        "added": 2, "known": 0, "outcomes": 1, "conflicts": 0,
    }  # fmt: skip
    assert lines[0] == "2 new transactions, 0 known already, 1 predictions learned what came true."
    assert RevenuePrediction.objects.get().actual == 0
    assert AuditEntry.objects.get().actor_label == "command"


def test_running_it_twice_adds_nothing(sales: Any) -> None:
    path = sales(HEADER + ROWS)
    run(path)
    assert json.loads(run(path, "--json")[-1])["known"] == 2
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize("name", ["sales.csv.gz", "sales.csv.xz", "sales.xlsx"])
def test_packed_files_and_workbooks_go_in_alike(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = HEADER + ROWS + BAD
    if name.endswith(".xlsx"):
        book = Workbook()
        for line in content.splitlines():
            book.active.append(line.split(","))
        book.save(path)
    else:
        path.write_bytes((gzip if name.endswith(".gz") else lzma).compress(content.encode()))
    assert f"{name}, row 4, column age: found 'old'" in str(refused(path))
    for added, known in ((2, 0), (0, 2)):
        result = json.loads(run(path, "--skip-bad", tmp_path / "bad.csv", "--json")[-1])
        assert (result["added"], result["known"], result["skipped"]) == (added, known, 1)
    assert Transaction.objects.get(tid="T1").price_minor == 120034
    assert "age: found 'old'" in (tmp_path / "bad.csv").read_text()


@pytest.mark.parametrize("name", ["sales.csv.gz", "sales.csv.xz"])
def test_a_file_cut_in_the_middle_is_exit_2(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    packed = (gzip if name.endswith(".gz") else lzma).compress((HEADER + ROWS).encode())
    path.write_bytes(packed[: len(packed) // 2])
    error = refused(path)
    assert error.returncode == 2
    assert f"{name}: found a damaged archive" in str(error)
    assert "expected the whole of it" in str(error)
    assert not Transaction.objects.exists()


def test_a_last_row_that_was_cut_is_named(sales: Any) -> None:
    assert "row 3: found 3 cells, expected 11 as in the header" in str(refused(sales((HEADER + ROWS)[:-40])))


def test_a_conflict_is_told(sales: Any) -> None:
    run(sales(HEADER + ROWS))
    assert "1 known ones came with another label; the first stays." in run(
        sales(HEADER + ROWS.replace("Kanyon,1", "Kanyon,0"))
    )


def test_bad_input_is_exit_2_and_writes_nothing(sales: Any) -> None:
    error = refused(sales(HEADER + ROWS + BAD))
    assert error.returncode == 2
    assert "sales.csv, row 4, column age: found 'old'" in str(error)
    assert not Transaction.objects.exists()


def test_skip_bad_keeps_the_good_rows(sales: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    lines = run(sales(HEADER + ROWS + BAD), "--skip-bad", bad, "--json")
    assert json.loads(lines[-1])["skipped"] == 1
    assert Transaction.objects.count() == 2
    assert "age: found 'old'" in bad.read_text()


def test_a_tid_twice_is_refused(sales: Any) -> None:
    assert "row 4, column Tid: found 'T1', which row 2 has too" in str(refused(sales(HEADER + ROWS + ROWS)))


@pytest.mark.parametrize("extra", [[], ["--skip-bad", "/no/such/folder/bad.csv"]])
def test_wrong_usage_is_exit_2(sales: Any, extra: list[str]) -> None:
    path = sales(HEADER + ROWS) if extra else Path("/no/such/file.csv")
    assert refused(path, *extra).returncode == 2


def test_the_way_round_bad_rows_is_told_to_whom_it_helps(sales: Any, tmp_path: Path) -> None:
    way = "With --skip-bad BADFILE the good rows go in"
    assert way in str(refused(sales(HEADER + ROWS + BAD)))
    assert way not in str(refused(sales(HEADER + BAD), "--skip-bad", tmp_path / "bad.csv"))
    assert way not in str(refused(sales("Tid,colour\n1,red\n")))


def test_no_space_for_the_bad_rows_is_exit_1_and_writes_nothing(sales: Any) -> None:
    error = refused(sales(HEADER + ROWS + BAD), "--skip-bad", "/dev/full")
    assert error.returncode == 1
    assert "No space left on device. Nothing was imported." in str(error)
    assert not Transaction.objects.exists()


def test_a_hundred_columns_go_in_and_those_nobody_knows_are_told(sales: Any) -> None:
    header = HEADER.strip() + "".join(f",c{number}" for number in range(89)) + "\n"
    rows = "".join(f"{row}{',' * 89}\n" for row in ROWS.splitlines())
    lines = run(sales(header + rows), "--json")
    assert lines[1] == (
        "Columns that nothing is known of were left out: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 79 more."
    )
    assert json.loads(lines[-1])["unknown_columns"] == [f"c{number}" for number in range(89)]
    assert Transaction.objects.count() == 2
