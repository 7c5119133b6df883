"""The columns of a catalogue file: their names, and how a cell becomes a value or a fault."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from service_provider.adapters import tables
from service_provider.adapters.faults import Fault, shown
from service_provider.adapters.tables import Table
from service_provider.adapters.transaction_columns import Rule, Unfit, amount, as_text, text, whole
from service_provider.adapters.workbooks import Cell

COLUMNS = ("product_id", "title", "category", "mall", "price", "margin", "stock", "active")
MAX_PRICE_MINOR = 10**12
MAX_STOCK = 10**9
WHOLE_BP = 10_000
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")
MARGIN = "a rate from 0 to 1, such as 0.35, or a percentage, such as 35%"
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product of a file. Money in the smallest unit, the margin in 1/10,000 of the price."""

    product_id: str
    title: str
    category: str
    mall: str
    price_minor: int
    margin_bp: int
    stock: int
    is_active: bool


def margin(cell: Cell) -> int:
    """A share of the price in 1/10,000; what is finer is rounded."""
    written = as_text(cell)
    number = written.removesuffix("%").rstrip()
    if isinstance(cell, bool) or not _NUMBER.fullmatch(number):
        raise Unfit(MARGIN)
    rate = Decimal(number) / (100 if written.endswith("%") else 1)
    if rate > 1:
        raise Unfit(MARGIN)
    return int((rate * WHOLE_BP).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def active(cell: Cell) -> bool:
    written = as_text(cell).casefold()
    if written not in TRUE + FALSE:
        raise Unfit(f"{', '.join(TRUE)} or {', '.join(FALSE)}")
    return written in TRUE


def _rules(minor_digits: int) -> tuple[Rule, ...]:
    """By COLUMNS."""
    return (
        text(64, needed=True),
        text(200, needed=True),
        text(100, needed=True),
        text(60, needed=False),
        amount(minor_digits, most=MAX_PRICE_MINOR),
        margin,
        whole(0, MAX_STOCK),
        active,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each column stands in the file, and what its cells must be."""

    file: str
    width: int
    places: dict[str, int]
    rules: tuple[Rule, ...]

    def read(self, number: int, cells: Sequence[Cell]) -> tuple[ProductRow | None, list[Fault]]:
        """The row's product, or None and its faults."""
        if len(cells) < self.width or any(cells[self.width :]):
            width = f"{self.width} as in the header"
            return None, [Fault(self.file, number, "", f"{len(cells)} cells", width)]
        values, faults = [], []
        for column, rule in zip(COLUMNS, self.rules, strict=True):
            cell = cells[self.places[column]]
            try:
                values.append(rule(cell))
            except Unfit as unfit:
                faults.append(Fault(self.file, number, column, shown(cell), str(unfit)))
        return (None if faults else ProductRow(*values)), faults


def plan(table: Table, *, minor_digits: int) -> Plan:
    """How to read the rows of the table. BadFile where a column is missing or there twice."""
    places = tables.places(table, COLUMNS, COLUMNS)
    return Plan(table.name, len(table.header), places, _rules(minor_digits))
