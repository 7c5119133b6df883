"""A CSV that knows its own checksum, and the texts of its cells."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

MINOR_DIGITS = 2
CHUNK = 50_000  # rows that are text at the same time
_UNIT = 10**MINOR_DIGITS


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a manifest says of a file."""

    rows: int
    sha256: str


class Table:
    """UTF-8, a header, lines that end with a line feed. OSError where no more can be written."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._out = path.open("wb")
        self._digest = hashlib.sha256()
        self._rows = 0
        self._put(",".join(map(quoted, header)) + "\n")

    def add(self, lines: Sequence[str]) -> None:
        """Lines of text without their line feeds."""
        if lines:
            self._put("\n".join(lines) + "\n")
            self._rows += len(lines)

    def facts(self) -> FileFacts:
        return FileFacts(self._rows, self._digest.hexdigest())

    def close(self) -> None:
        """Everything is on the disk afterwards: a disk that is full says so here at the latest."""
        with self._out:
            self._out.flush()
            os.fsync(self._out.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        with suppress(
            OSError
        ):  # what is still buffered is lost with the file; the first fault is the one to tell
            self._out.close()

    def _put(self, text: str) -> None:
        data = text.encode()
        self._out.write(data)
        self._digest.update(data)


def quoted(text: str) -> str:
    """The text as a cell: in quotes only where a comma, a quote or a line break stands in it."""
    if any(sign in text for sign in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def money(minor: int) -> str:
    """An amount of at least 0 in the major unit."""
    return f"{minor // _UNIT}.{minor % _UNIT:0{MINOR_DIGITS}d}"


def share(parts: int, *, digits: int) -> str:
    """`parts` of 10**digits as a decimal: share(250_000, digits=6) is 0.250000."""
    whole = 10**digits
    return f"{parts // whole}.{parts % whole:0{digits}d}"


def with_unknown(texts: Iterable[str]) -> list[str]:
    """A list whose entry -1 is the empty cell, since -1 stands for unknown."""
    return [*map(quoted, texts), ""]
