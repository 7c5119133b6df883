"""Cells of a public table as values: numbers, labels, months, and what a category's values are in order."""

import re
from collections.abc import Iterable
from math import inf, nan

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YES, NO = ("true", "1", "1.0", "yes"), ("false", "0", "0.0", "no")
MOST = 1e15
UNKNOWN = ("", "na", "nan", "null", "none")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


def number(text: str) -> float | None:
    """A finite number of at most 1e15 either way, NaN for a cell that says nothing, None for anything else."""
    if text.casefold() in UNKNOWN:
        return nan
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if -MOST <= value <= MOST else None


def label(text: str) -> int | None:
    """1 for yes, 0 for no, None for anything else."""
    written = text.casefold()
    return 1 if written in YES else 0 if written in NO else None


def month(text: str) -> int:
    """From 1 (January); 0 for what is no month."""
    written = text.casefold()
    if written.isascii() and written.isdigit():
        return int(written) if 1 <= int(written) <= 12 else 0
    return MONTHS.index(written[:3]) + 1 if written[:3] in MONTHS else 0


def in_order(values: Iterable[str]) -> list[str]:
    """Values of a category: months by the calendar, numbers by size, words by the alphabet."""

    def place(value: str) -> tuple[int, float, str]:
        if month(value) and not value.isdigit():
            return 0, month(value), value
        size = number(value)
        return (1, size, value) if size is not None and size == size else (2, inf, value)

    return sorted(set(values), key=place)
