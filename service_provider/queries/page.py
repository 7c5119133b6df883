"""One page of a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

T = TypeVar("T")
SIZE = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`rows` of page `number` (from 1) out of `total` rows in all."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def number_of(text: str) -> int:
    """The page that a query parameter asks for, 1 where it is no page number at all."""
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def cut(rows: QuerySet[Any], number: int, row_of: Callable[[Any], T], *, size: int = SIZE) -> Page[T]:
    """Page `number` of an ordered queryset, in two queries; a number beyond the last page gives the last."""
    total = rows.count()
    number = min(max(1, number), max(1, -(-total // size)))
    start = (number - 1) * size
    return Page(tuple(row_of(row) for row in rows[start : start + size]), total, number, size)
