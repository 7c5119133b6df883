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
            parts = archive.infolist()
            _check_doctypes(archive, name)
    except BROKEN as error:
        raise damaged(name, error) from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise BadFile.because(
            name, "a zip archive that is no workbook", "a CSV text file or an XLSX workbook"
        )
    if not _is_bounded(parts):
        expected = "a smaller one, or the same table as CSV"
        raise BadFile.because(name, "a workbook that unpacks to an enormous size", expected)


def _is_bounded(parts: list[zipfile.ZipInfo]) -> bool:
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    sheets = sum(part.file_size for part in parts if part.filename.startswith("xl/worksheets/"))
    media = sum(part.file_size for part in parts if not part.filename.endswith((".xml", ".rels")))
    everything = sum(part.file_size for part in parts)
    trees = everything - texts - sheets - media
    return texts <= MAX_TEXTS and trees <= MAX_TREES and everything <= MAX_UNPACKED and len(parts) <= 2000


def _check_doctypes(archive: zipfile.ZipFile, name: str) -> None:
    for part in archive.infolist()[:2000]:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as handle:
                if b"<!DOCTYPE" in handle.read(4096):
                    found = "a workbook with a document type of its own"
                    raise BadFile.because(name, found, "a workbook from a spreadsheet")
