"""Writes transactions as the CSV that the readers take."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from engine.contracts import Transaction
from engine.simulate import transactions
from service_provider.adapters import file_store, spreadsheets
from service_provider.adapters.spreadsheets import Column

LABELLED = "labelled"


def write_transactions(rows: Sequence[Transaction], path: Path) -> None:
    """UTF-8, a header, one line a row; equal rows give equal bytes. No Label column where no row has one."""
    width = len(transactions.COLUMNS) - all(row.label is None for row in rows)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(transactions.COLUMNS[:width])
        lines.writerows(cells[:width] for cells in transactions.cells(rows))


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


def save_labelled(rows: Sequence[Transaction], *, minor_digits: int) -> str:
    """Keeps a run's labelled rows below MALL_VAR/labelled, all or none of them, and returns the file's name."""
    name = file_store.new_name("csv")
    cells = (
        (
            row.tid, row.coupon_no, row.customer_id, row.gender, row.age, row.category, row.quantity,
            row.price_minor, row.payment_method, row.invoice_date, row.shopping_mall, row.label,
        )
        for row in rows
    )  # fmt: skip
    with file_store.whole_file(file_store.path_of(LABELLED, name)) as out:
        spreadsheets.write("csv", title="Labelled data", columns=_columns(minor_digits), rows=cells, out=out)
        out.flush()
        os.fsync(out.fileno())  # a version's row will point at it
    return name


def open_labelled(name: str) -> BinaryIO | None:
    """The file's bytes, or None where it is gone."""
    try:
        return file_store.path_of(LABELLED, name).open("rb")
    except (FileNotFoundError, ValueError):
        return None
