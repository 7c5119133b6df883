"""Rows are counted without being read as data."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from service_provider.adapters import data_files


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", 0),
        (b"a,b", 0),
        (b"a,b\n", 0),
        (b"a,b\n1,2", 1),
        (b"a,b\n1,2\n", 1),
        (b"a,b\r\n1,2\r\n3,4\r\n", 2),
    ],
)
def test_lines_below_the_header(tmp_path: Path, content: bytes, rows: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert data_files.count_rows(path) == rows


def test_a_sheet(tmp_path: Path) -> None:
    book = Workbook()
    for row in (("a", "b"), (1, 2), (3, 4)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert data_files.count_rows(tmp_path / "a.xlsx") == 2


def test_a_broken_sheet_does_not_tell(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no sheet")
    assert data_files.count_rows(tmp_path / "a.xlsx") is None


def test_a_built_in_name_stays_in_its_folder(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    assert data_files.path_of("built_in", "demo/a.csv") == tmp_path / "datasets" / "demo" / "a.csv"
    with pytest.raises(ValueError, match="leads out"):
        data_files.path_of("built_in", "../secret_key")
