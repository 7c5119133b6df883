"""A table as a value, drawn by templates/service_provider/_table.html."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is "text", "words" (which may take several lines) or "number"; numbers stand to the right."""

    title: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """Text, with a link or a badge (good, bad, warn, accent) where they help."""

    text: str
    href: str = ""
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Each row has a cell for every column; the first cell names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def lines(self) -> Iterator[list[tuple[Column, Cell]]]:
        return (list(zip(self.columns, row, strict=True)) for row in self.rows)


Heading = str | Column
Content = str | Cell


def table(caption: str, columns: Sequence[Heading], rows: Sequence[Sequence[Content]]) -> Table:
    """A table of plain texts and cells; a column given as a text is a text column."""
    return Table(
        caption,
        tuple(Column(column) if isinstance(column, str) else column for column in columns),
        tuple(tuple(Cell(cell) if isinstance(cell, str) else cell for cell in row) for row in rows),
    )


def number(title: str) -> Column:
    return Column(title, "number")


def words(title: str) -> Column:
    return Column(title, "words")
