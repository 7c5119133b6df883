"""Where the file of a data set lies, how many rows it has, and what the card beside it states."""

import re
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from django.conf import settings

from service_provider.adapters import file_store

BUILT_IN = "built_in"
_CHUNK = 1024 * 1024
_HEAD = 4096
_STATED = re.compile(r"^- (sha256|best_reachable_accuracy): (\S+)$", re.MULTILINE)
_LAST_ROW = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:[A-Z]+([0-9]{1,8})"')


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


def find_best_reachable(sha256: str) -> float | None:
    """The best reachable accuracy of the built-in file with this checksum, None for any other file."""
    for card in sorted(built_in_folder().glob("*/CARD.md")):
        stated = dict(_STATED.findall(card.read_text(encoding="utf-8")))
        if stated.get("sha256") == sha256 and "best_reachable_accuracy" in stated:
            return float(stated["best_reachable_accuracy"])
    return None


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
    """What the first sheet says of its own size, in its first bytes; the workbook is not opened for it."""
    try:
        with ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
            stated = _LAST_ROW.search(sheet.read(_HEAD))
    except (BadZipFile, KeyError, OSError, NotImplementedError, zlib.error):
        return None  # what is wrong with it is the preview's to say
    return max(0, int(stated[1]) - 1) if stated else None
