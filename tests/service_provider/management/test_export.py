"""`export WHAT --format F --out FILE` on a terminal."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import make
import pytest
import xlrd
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from service_provider.adapters import spreadsheets
from service_provider.models import AuditEntry


def run(*args: Any) -> list[str]:
    out = StringIO()
    call_command("export", *map(str, args), stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def predictions(anna: Any) -> None:
    version = make.model_version()
    for number in range(3):
        make.prediction(version, tid=f"T{number}", shopper=anna.shopper)


@pytest.mark.parametrize("file_format", spreadsheets.FORMATS)
def test_predictions_in_every_format(predictions: None, tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"out.{file_format}"
    lines = run("predictions", "--format", file_format, "--out", path, "--json")
    assert json.loads(lines[-1]) == {
        "what": "predictions",
        "format": file_format,
        "rows": 3,
        "file": str(path),
    }
    if file_format == "csv":
        with path.open(encoding="utf-8-sig") as handle:
            assert [row["Tid"] for row in csv.DictReader(handle)] == ["T2", "T1", "T0"]
    elif file_format == "xlsx":
        assert load_workbook(path).worksheets[0].max_row == 4
    else:
        assert xlrd.open_workbook(path).sheet_by_index(0).nrows == 4
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(("what", "rows"), [("shoppers", 1), ("accuracies", 9)])
def test_shoppers_and_accuracies(predictions: None, tmp_path: Path, what: str, rows: int) -> None:
    lines = run(what, "--format", "csv", "--out", tmp_path / "out.csv", "--json")
    assert json.loads(lines[-1])["rows"] == rows
    entry = AuditEntry.objects.get(verb="download")
    assert (entry.target_id, entry.actor_label, entry.detail["rows"]) == (what, "command", rows)


@pytest.mark.django_db
def test_a_folder_that_is_missing_is_exit_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run("predictions", "--format", "csv", "--out", tmp_path / "missing" / "out.csv")
    assert caught.value.returncode == 2


@pytest.mark.parametrize("wrong", [("secrets", "csv"), ("predictions", "pdf")])
def test_what_does_not_exist_is_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        run(wrong[0], "--format", wrong[1], "--out", tmp_path / "out")


@pytest.mark.django_db
def test_a_failure_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.csv"
    path.write_text("the old one")
    make.prediction(make.model_version())
    monkeypatch.setattr(spreadsheets, "_csv_value", lambda column, value: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("predictions", "--format", "csv", "--out", path)
    assert path.read_text() == "the old one"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]
