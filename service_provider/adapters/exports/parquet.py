"""Rows as a Parquet file, for programs that read on where spreadsheets end. No web process imports this."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as arrow
from pyarrow import parquet

from service_provider.adapters.spreadsheets import STEP, Column

FORMAT = "parquet"
_DIGITS = 18  # of an amount of money, its decimals among them
_TYPES = {
    "text": arrow.string(),
    "integer": arrow.int64(),
    "number": arrow.float64(),
    "date": arrow.date32(),
    "moment": arrow.timestamp("ms", tz="UTC"),
}


def write_in_steps(
    *, columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: BinaryIO
) -> Iterator[int]:
    """Writes all rows to `out`, a thousand at a time, and says how many are done; it is whole once it has ended."""
    schema = arrow.schema([(column.name, _type_of(column)) for column in columns])
    values = [_value_of(column) for column in columns]
    rest, done = iter(rows), 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := list(islice(rest, STEP)):
            cells = zip(*batch, strict=True)
            arrays = [
                arrow.array(list(map(value, column)), field.type)
                for value, column, field in zip(values, cells, schema, strict=True)
            ]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
            done += len(batch)
            yield done


def _type_of(column: Column) -> Any:
    return arrow.decimal128(_DIGITS, column.digits) if column.kind == "money" else _TYPES[column.kind]


def _value_of(column: Column) -> Callable[[Any], Any]:
    """How a cell becomes a value of its column's type; None stays None."""
    if column.kind == "money":
        return lambda minor: None if minor is None else Decimal(minor).scaleb(-column.digits)
    if column.kind == "text":
        return lambda value: None if value is None else str(value)
    if column.kind == "number":
        return lambda value: None if value is None else float(value)
    return lambda value: value
