"""Where the file of a data set lies, and how many rows it has."""

from pathlib import Path

from django.conf import settings
from openpyxl import load_workbook

from service_provider.adapters import file_store

BUILT_IN = "built_in"
_CHUNK = 1024 * 1024


def built_in_folder() -> Path:
    return Path(settings.BASE_DIR) / "datasets"


def path_of(origin: str, stored_name: str) -> Path:
    """ValueError for a name that leads out of its folder."""
    if origin != BUILT_IN:
        return file_store.upload_path(stored_name)
    path = (built_in_folder() / stored_name).resolve()
    if not path.is_relative_to(built_in_folder().resolve()):
        raise ValueError(f"{stored_name!r} leads out of datasets/")
    return path


def count_rows(path: Path) -> int | None:
    """Lines below the header, counted without reading them as data; None where the file does not tell."""
    return _count_sheet(path) if path.suffix.lower() == ".xlsx" else _count_lines(path)


def _count_lines(path: Path) -> int:
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return max(0, lines - (last == b"\n"))


def _count_sheet(path: Path) -> int | None:
    """What the sheet says of itself; a sheet that cannot be opened is the preview's to explain."""
    try:
        book = load_workbook(path, read_only=True)
    except (OSError, ValueError, KeyError):
        return None
    try:
        last = book.worksheets[0].max_row if book.worksheets else None
        return max(0, last - 1) if last else None
    finally:
        book.close()
