"""The labelled rows of a training run as a CSV file that can be trained on again, below MALL_VAR/labelled."""

import os
from collections.abc import Sequence
from typing import BinaryIO

from engine.contracts import Transaction
from service_provider.adapters import file_store, spreadsheets
from service_provider.adapters.spreadsheets import Column

ROOM = "labelled"


def _columns(minor_digits: int) -> tuple[Column, ...]:
    return (
        Column("Tid"),
        Column("coupon_no"),
        Column("customer_id"),
        Column("gender"),
        Column("age", "integer"),
        Column("category"),
        Column("quantity", "integer"),
        Column("price", "money", minor_digits),
        Column("payment_method"),
        Column("invoice_date", "date"),
        Column("shopping_mall"),
        Column("Label", "integer"),
    )


def save(rows: Sequence[Transaction], *, minor_digits: int) -> str:
    """Writes all rows or nothing, and returns the file's name."""
    name = file_store.new_name("csv")
    cells = (
        (
            row.tid, row.coupon_no, row.customer_id, row.gender, row.age, row.category, row.quantity,
            row.price_minor, row.payment_method, row.invoice_date, row.shopping_mall, row.label,
        )
        for row in rows
    )  # fmt: skip
    with file_store.whole_file(file_store.path_of(ROOM, name)) as out:
        spreadsheets.write("csv", title="Labelled data", columns=_columns(minor_digits), rows=cells, out=out)
        out.flush()
        os.fsync(out.fileno())  # a version's row will point at it
    return name


def open_saved(name: str) -> BinaryIO | None:
    """The file's bytes, or None where it is gone."""
    try:
        return file_store.path_of(ROOM, name).open("rb")
    except (FileNotFoundError, ValueError):
        return None
