"""Public data sets as streams of rows: CSV, plain or packed as .gz or .xz, of any length."""

import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from service_provider.adapters.faults import BadFile, Fault

SUFFIXES = ("", ".gz", ".xz")
UNPACKED: dict[str, Callable[[BinaryIO], Any]] = {".gz": gzip.open, ".xz": lzma.open}
BROKEN = (OSError, EOFError, lzma.LZMAError, zlib.error)
CSV = "a CSV text file in UTF-8, plain or packed as .gz or .xz"


@dataclass(frozen=True, slots=True)
class Source:
    """`rows` yields (row number as a spreadsheet shows it, the wanted cells); `position`: bytes done, of all."""

    name: str
    rows: Iterator[tuple[int, list[str]]]
    position: Callable[[], tuple[int, int]]


@contextmanager
def opened(path: Path, columns: Sequence[str]) -> Iterator[Source]:
    """The file's rows, of each the cells of `columns` in that order. BadFile where the file is no such table."""
    size = path.stat().st_size
    unpack = UNPACKED.get(path.suffix.lower(), nullcontext)
    with (
        path.open("rb") as raw,
        unpack(raw) as plain,
        io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text,
    ):
        lines = _lines(csv.reader(text, strict=True), path.name)
        _, header = next(lines, (1, []))
        places = _places(path.name, header, columns)
        yield Source(path.name, _chosen(path.name, lines, len(header), places), lambda: (raw.tell(), size))


def find(folder: Path, *stems: str) -> Path:
    """The file of the first of these names that is there, packed or not. BadFile where none is."""
    for stem in stems:
        for suffix in SUFFIXES:
            path = folder / f"{stem}.csv{suffix}"
            if path.is_file():
                return path
    expected = " or ".join(f"{stem}.csv" for stem in stems)
    raise BadFile.because(str(folder), "no such file", f"{expected}, plain or packed as .gz or .xz")


def _lines(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if cells:
                yield number, cells
    except UnicodeDecodeError:
        raise BadFile.because(name, "bytes that are no text", CSV, row=number + 1) from None
    except csv.Error as error:
        raise BadFile.because(name, f"a broken line ({error})", CSV, row=number + 1) from None
    except BROKEN as error:
        found = f"a damaged or cut archive ({error})"
        raise BadFile.because(name, found, "a whole one", row=number + 1) from None


def _places(name: str, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    if not header:
        raise BadFile.because(name, "an empty file", f"the columns {', '.join(columns)}")
    known = [cell.strip() for cell in header]
    missing = [column for column in columns if column not in known]
    if missing:
        found = f"the columns {', '.join(known[:20])}"
        raise BadFile(tuple(Fault(name, 1, column, found, f"a column named {column}") for column in missing))
    return [known.index(column) for column in columns]


def _chosen(
    name: str, lines: Iterator[tuple[int, list[str]]], width: int, places: list[int]
) -> Iterator[tuple[int, list[str]]]:
    for number, cells in lines:
        if len(cells) != width:
            raise BadFile.because(name, f"{len(cells)} cells", f"{width} as in the header", row=number)
        yield number, [cells[place] for place in places]
