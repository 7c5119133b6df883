"""Writes transactions as the CSV that the readers take."""

import csv
from collections.abc import Sequence
from pathlib import Path

from engine.contracts import Transaction
from engine.simulate import transactions


def write_transactions(rows: Sequence[Transaction], path: Path) -> None:
    """UTF-8, a header, one line a row; equal rows give equal bytes. No Label column where no row has one."""
    width = len(transactions.COLUMNS) - all(row.label is None for row in rows)
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(transactions.COLUMNS[:width])
        lines.writerows(cells[:width] for cells in transactions.cells(rows))
