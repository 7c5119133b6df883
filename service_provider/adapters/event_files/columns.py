"""The columns of an event file: their names, and how cells become values or faults.

Files hold millions of rows, so that columns are read ten thousand cells at a time: a rule is asked once for each
different cell and remembers its answer. Only a piece in which something is wrong is read row by row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import compress
from typing import Any, NamedTuple, Self

from engine.contracts import KINDS
from service_provider.adapters import tables
from service_provider.adapters.faults import Fault, shown
from service_provider.adapters.tables import Table
from service_provider.adapters.transaction_columns import (
    MAX_QUANTITY,
    Rule,
    Unfit,
    amount,
    as_text,
    text,
    whole,
)
from service_provider.adapters.workbooks import Cell

NEEDED = ("shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity")
COLUMNS = (*NEEDED, "visit_id")
LONGEST_ID, LONGEST_CATEGORY = 64, 100
MAX_PRICE_MINOR = 10**12  # so that the sum of an order stays a whole number of the database
REMEMBERED = 100_000  # cells; what a column remembers is forgotten beyond
NAMED_KINDS = 50
OTHER_KINDS = "(others)"
EPOCH, EARLIEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MOMENT = "ISO 8601 with a zone, such as 2026-05-20T12:00:00Z, or milliseconds since 1970"
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_UNKNOWN = -1


class Events(NamedTuple):
    """Events by column, in the order of the file. Text that is not known is empty, a number is None."""

    ids: list[str]  # a hash of the row's content
    shoppers: list[str]
    moments: list[int]  # milliseconds since 1970 in UTC
    kinds: list[int]  # index in KINDS
    products: list[str]
    categories: list[str]
    prices: list[int | None]  # of one piece, in the smallest unit
    quantities: list[int | None]
    visits: list[str]

    @classmethod
    def of(cls, columns: Iterable[list[Any]]) -> Self:
        return cls(*columns)

    def add(self, more: "Events") -> None:
        columns: Iterable[tuple[list[Any], list[Any]]] = zip(self, more, strict=True)
        for mine, others in columns:
            mine.extend(others)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


class _Remembered(dict[Any, Any]):
    """Cell -> value, found by its rule once."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, cell: Cell) -> Any:
        value = self._rule(cell)
        if len(self) >= REMEMBERED:
            self.clear()
        self[cell] = value
        return value


def _known_or_none(rule: Rule) -> Rule:
    """An empty cell means unknown."""

    def optional(cell: Cell) -> Any:
        return rule(cell) if as_text(cell) else None

    return optional


def _kind(cell: Cell) -> int:
    return _NUMBERS.get(as_text(cell).casefold(), _UNKNOWN)


def _moment(latest: datetime) -> Rule:
    low, high = milliseconds(EARLIEST), milliseconds(latest)
    parse = datetime.fromisoformat

    def rule(cell: Cell) -> int:
        written = cell.strip() if isinstance(cell, str) else as_text(cell)
        try:
            found = int(written) if written.isdecimal() else (parse(written) - EPOCH) // MILLISECOND
        except ValueError:
            raise Unfit(MOMENT) from None
        except TypeError:  # of a moment without a zone and one with a zone there is no difference
            raise Unfit(f"a moment that names its zone: {MOMENT}") from None
        if low <= found <= high:
            return found
        raise Unfit(f"a moment from {EARLIEST.year} to tomorrow, in {MOMENT}")

    return rule


def _rules(minor_digits: int, latest: datetime) -> dict[str, Callable[[Any], Any]]:
    """Column -> rule. Moments seldom repeat, so that they are not remembered."""
    remembered = {
        "shopper_id": text(LONGEST_ID, needed=True),
        "kind": _kind,
        "product_id": text(LONGEST_ID, needed=False),
        "category": text(LONGEST_CATEGORY, needed=False),
        "price": _known_or_none(amount(minor_digits, most=MAX_PRICE_MINOR)),
        "quantity": _known_or_none(whole(1, MAX_QUANTITY)),
        "visit_id": text(LONGEST_ID, needed=False),
    }
    found: dict[str, Callable[[Any], Any]] = {
        name: _Remembered(rule).__getitem__ for name, rule in remembered.items()
    }
    return found | {"occurred_at": _moment(latest)}


Numbered = tuple[int, Sequence[Cell]]


@dataclass(slots=True)
class Plan:
    """Where each column stands and what its cells must be; counts the rows of unknown kinds."""

    file: str
    width: int
    places: dict[str, int]
    rules: dict[str, Callable[[Any], Any]]
    unknown_kinds: Counter[str] = field(default_factory=Counter)

    def read(self, rows: Sequence[Numbered]) -> Events | None:
        """The events of the rows; None where a row is wrong, which `read_each` names."""
        cells = [row for _, row in rows]
        if set(map(len, cells)) != {self.width}:
            return None
        kinds = [row[self.places["kind"]] for row in cells]
        numbers = list(map(self.rules["kind"], kinds))
        try:
            if _UNKNOWN not in numbers:
                return self._events(cells)
            events = self._events([row for row, number in zip(cells, numbers, strict=True) if number >= 0])
        except Unfit:
            return None
        self._count_unknown(compress(kinds, map(_UNKNOWN.__eq__, numbers)))
        return events

    def read_each(
        self, rows: Sequence[Numbered], refuse: Callable[[int, Sequence[Cell], list[Fault]], None]
    ) -> Events:
        """The events of the good rows; the bad ones go to `refuse`."""
        good = []
        for number, cells in rows:
            faults = self._faults(number, cells)
            if faults:
                refuse(number, cells, faults)
            elif self.rules["kind"](cells[self.places["kind"]]) == _UNKNOWN:
                self._count_unknown([cells[self.places["kind"]]])
            else:
                good.append(cells)
        return self._events(good)

    def _faults(self, number: int, cells: Sequence[Cell]) -> list[Fault]:
        if len(cells) < self.width or any(cells[self.width :]):
            width = f"{self.width} as in the header"
            return [Fault(self.file, number, "", f"{len(cells)} cells", width)]
        if self.rules["kind"](cells[self.places["kind"]]) == _UNKNOWN:
            return []  # the row is skipped, whatever else it holds
        faults = []
        for column, place in self.places.items():
            try:
                self.rules[column](cells[place])
            except Unfit as unfit:
                faults.append(Fault(self.file, number, column, shown(cells[place]), str(unfit)))
        return faults

    def _events(self, rows: Sequence[Sequence[Cell]]) -> Events:
        columns = list(zip(*rows, strict=True)) or [()] * self.width
        values = [
            list(map(self.rules[name], columns[self.places[name]]))
            if name in self.places
            else [""] * len(rows)
            for name in COLUMNS
        ]
        return Events.of([ids_of(*values), *values])

    def _count_unknown(self, kinds: Iterable[Cell]) -> None:
        for cell in kinds:
            kind = as_text(cell)[:40]
            is_named = kind in self.unknown_kinds or len(self.unknown_kinds) < NAMED_KINDS
            self.unknown_kinds[kind if is_named else OTHER_KINDS] += 1


def ids_of(*columns: list[Any]) -> list[str]:
    """128 bits of each row's content: the same row has the same id in every file."""
    empty = blake2b(digest_size=16)
    ids = []
    for shopper, moment, kind, product, category, price, quantity, visit in zip(*columns, strict=True):
        content = f"{shopper}\n{moment}\n{KINDS[kind]}\n{product}\n{category}\n{price}\n{quantity}\n{visit}"
        row = empty.copy()  # faster than a new one
        row.update(content.encode())
        ids.append(row.hexdigest())
    return ids


def plan(table: Table, *, minor_digits: int, latest: datetime) -> Plan:
    """How to read the rows of the table; moments after `latest` are faults. BadFile: a column is missing or doubled."""
    places = tables.places(table, COLUMNS, NEEDED)
    return Plan(table.name, len(table.header), places, _rules(minor_digits, latest))
