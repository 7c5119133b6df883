"""Parquet files as a header and numbered rows of cells, each cell the text that a CSV would hold."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from service_provider.adapters.faults import BadFile
from service_provider.adapters.tables import CHUNK, Table
from service_provider.adapters.workbooks import Cell

PARQUET = "a whole Parquet file"
MAGIC = b"PAR1"
BATCH = 5000  # rows


@contextmanager
def opened(path: Path, *, name: str = "") -> Iterator[Table]:
    """The table in the file. Moments with a zone come as milliseconds since 1970, moments without one as text.

    BadFile where it is no Parquet file, is cut or damaged, or has columns that hold more than one value.
    """
    name = name or path.name
    _check_ends(path, name)
    # Not at the top: services that a web process carries may import this module, and none of them reads a file.
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    broken = (arrow.ArrowException, OSError, UnicodeDecodeError, OverflowError)
    try:
        file = parquet.ParquetFile(path, buffer_size=CHUNK)
    except broken as error:
        raise _damaged(name, error) from None
    with file:
        reading = _Reading(name, file, broken)
        reading.check()
        yield Table(name, reading.header, reading.rows(), reading.position(path.stat().st_size))


def _check_ends(path: Path, name: str) -> None:
    """Both ends of a Parquet file are marked, so that a cut one is known before it is read."""
    with path.open("rb") as handle:
        head = handle.read(len(MAGIC))
        if not head:
            raise BadFile.because(name, "an empty file", PARQUET)
        if head != MAGIC:
            raise BadFile.because(name, "a file that is named .parquet and is none", PARQUET)
        size = handle.seek(0, 2)
        handle.seek(max(0, size - len(MAGIC)))
        if size < 3 * len(MAGIC) or handle.read() != MAGIC:
            raise BadFile.because(name, "a Parquet file that was cut: its end is missing", PARQUET)


def _damaged(name: str, error: Exception, row: int | None = None) -> BadFile:
    words = str(error).strip().splitlines()
    reason = words[0][:200] if words else type(error).__name__
    return BadFile.because(name, f"a damaged Parquet file ({reason})", PARQUET, row=row)


@dataclass(slots=True)
class _Reading:
    name: str
    file: Any
    broken: tuple[type[Exception], ...]
    done: int = 0
    header: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.header = tuple(str(one).strip() for one in self.file.schema_arrow.names)

    def check(self) -> None:
        if not any(self.header):
            raise BadFile.because(self.name, "no columns", "the names of the columns")
        types = import_module("pyarrow.types")
        for column in self.file.schema_arrow:
            if types.is_nested(column.type):
                found = f"a column of {column.type}"
                raise BadFile.because(self.name, found, "one value in each cell", column=column.name)

    def position(self, size: int) -> Callable[[], tuple[int, int]]:
        """Bytes are not counted by the library: the share of the rows, as bytes."""
        total = max(1, self.file.metadata.num_rows)
        return lambda: (size * min(self.done, total) // total, size)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows are numbered as if a header stood above them, like those of a CSV."""
        try:
            for batch in self.file.iter_batches(batch_size=BATCH):
                columns = [_texts(column) for column in batch.columns]
                first = self.done + 2
                self.done += batch.num_rows
                for number, cells in enumerate(zip(*columns, strict=True), start=first):
                    if any(cells):
                        yield number, list(cells)
        except self.broken as error:
            raise _damaged(self.name, error, row=self.done + 2) from None


# ---- columns ----------------------------------------------------------------------------------------


def _texts(column: Any) -> list[str]:
    """A column's values as text, nothing for null."""
    types = import_module("pyarrow.types")
    if types.is_dictionary(column.type):
        names = _texts(column.dictionary)
        return ["" if place is None else names[place] for place in column.indices.to_pylist()]
    if types.is_timestamp(column.type) and column.type.tz is not None:
        column = _milliseconds(column)
    if types.is_boolean(column.type):
        return ["" if value is None else str(value) for value in column.to_pylist()]
    if not types.is_string(column.type):
        is_float = types.is_floating(column.type)
        column = column.cast("string")
        if is_float:  # writers turn a column of whole numbers with gaps into floats
            return ["" if value is None else value.removesuffix(".0") for value in column.to_pylist()]
    return [value or "" for value in column.to_pylist()]


def _milliseconds(column: Any) -> Any:
    """Whole milliseconds since 1970; what is finer is cut."""
    arrow = import_module("pyarrow")
    return column.cast(arrow.timestamp("ms", tz=column.type.tz), safe=False).cast("int64")
