"""Writes transactions as the CSV that the readers take."""

import csv
from collections.abc import Iterable
from pathlib import Path

from engine.contracts import Transaction
from engine.simulate import transactions


def write_transactions(rows: Iterable[Transaction], path: Path) -> None:
    """UTF-8, a header, one line a row; equal rows give equal bytes."""
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(transactions.COLUMNS)
        lines.writerows(transactions.cells(rows))
