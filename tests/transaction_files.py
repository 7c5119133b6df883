"""Transaction files for tests: one good row, its variations, and what a bad one is told."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from service_provider.adapters import files

HEADER = [
    "Tid", "coupon_no", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method",
    "invoice_date", "shopping_mall", "Label",
]  # fmt: skip
ROW = dict(
    zip(
        HEADER,
        ["T1", "c1", "C1", "Female", "28", "Clothing", "5", "1500.4", "Cash", "05-08-22", "Kanyon", "0"],
        strict=True,
    )
)


def line(**changes: Any) -> list[Any]:
    return [(ROW | changes)[column] for column in HEADER]


def as_csv(*rows: list[Any], header: list[str] = HEADER, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue()


def refusal(path: Path, **options: Any) -> files.BadFile:
    with pytest.raises(files.BadFile) as caught:
        files.read_transactions(path, **options)
    return caught.value
