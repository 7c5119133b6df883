"""What opening a workbook may cost, checked before anything of it is unpacked."""

import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from openpyxl.utils.exceptions import InvalidFileException

from service_provider.adapters.faults import BadFile

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED = 500 * 1024 * 1024  # all parts of a workbook
MAX_TEXTS = 100 * 1024 * 1024  # the shared texts, which are held in memory
MAX_TREES = 10 * 1024 * 1024  # styles and the like, which openpyxl makes trees of
BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, expat.ExpatError, KeyError, ValueError,
    TypeError, IndexError, AttributeError, EOFError, OSError, OverflowError, RuntimeError,
)  # fmt: skip
"""What openpyxl, zipfile and expat raise on a damaged workbook."""
DOCTYPE = "a workbook with a document type of its own"


def damaged(name: str, error: Exception, row: int | None = None) -> BadFile:
    found = f"a damaged workbook ({type(error).__name__})"
    return BadFile.because(name, found, "a workbook that opens in a spreadsheet", row=row)


def check(path: Path, name: str) -> None:
    """Bounds what unpacking costs before anything is unpacked; zipfile reads no more than a part declares."""
    if path.stat().st_size > MAX_BYTES:
        raise BadFile.because(
            name, "a workbook of more than 50 MB", "at most 50 MB: split it or save it as CSV"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, name)
    except BROKEN as error:
        raise damaged(name, error) from None


def _check_parts(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        expected = "a CSV text file or an XLSX workbook"
        raise BadFile.because(name, "a zip archive that is no workbook", expected)
    if not _is_bounded(parts):
        expected = "a smaller one, or the same table as CSV"
        raise BadFile.because(name, "a workbook that unpacks to an enormous size", expected)
    if any(b"<!DOCTYPE" in archive.read(part) for part in parts if _is_tree(part.filename)):
        raise BadFile.because(name, DOCTYPE, "a workbook from a spreadsheet")


def _is_tree(part: str) -> bool:
    """Whether openpyxl makes a tree of it; sheets and texts are streamed, and their parser takes no document type."""
    part = part.lower()
    is_streamed = part.startswith("xl/worksheets/sheet") or part.endswith("sharedstrings.xml")
    return part.endswith((".xml", ".rels")) and not is_streamed


def _is_bounded(parts: list[zipfile.ZipInfo]) -> bool:
    texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    trees = sum(part.file_size for part in parts if _is_tree(part.filename))
    everything = sum(part.file_size for part in parts)
    return texts <= MAX_TEXTS and trees <= MAX_TREES and everything <= MAX_UNPACKED and len(parts) <= 2000
