"""`put` writes files for the readers."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook


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
