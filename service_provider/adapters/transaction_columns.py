"""The columns of a transaction file: their names, and how a cell becomes a value or a fault."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from engine.contracts import Transaction
from service_provider.adapters.faults import BadFile, Fault, shown
from service_provider.adapters.workbooks import Cell
from service_provider.models.transactions import Transaction as TransactionRow

GENDERS = ("Female", "Male", "Other")
MAX_AGE = 120
MAX_QUANTITY = 10_000
MAX_MINOR = 10**14
YEARS = (1970, 2099)
NEEDED = (
    "Tid", "customer_id", "gender", "age", "category", "quantity", "price", "payment_method", "invoice_date",
    "shopping_mall",
)  # fmt: skip
COLUMNS = ("Tid", "coupon_no", *NEEDED[1:], "Label")
OTHER_NAMES = {"invoice_no": "Tid"}
_FIELDS = {"Tid": "tid", "price": "price_minor", "Label": "label"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PLAIN = re.compile(r"[0-9A-Za-z_.:-]+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,12}(\.0*)?")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,20})?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ][0-9:.]+)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")

Rule = Callable[[Any], Any]


class Unfit(Exception):
    """The cell does not fit its column; the text is what was expected."""


def as_text(cell: Cell) -> str:
    """One line; runs of blanks are one blank."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a spreadsheet keeps the number 17 as 17.0
    return "" if cell is None else " ".join(str(cell).split())


def text(longest: int, *, needed: bool) -> Rule:
    """One line of text; runs of blanks and line breaks become one blank."""

    def rule(cell: Cell) -> str:
        if isinstance(cell, str) and _PLAIN.fullmatch(cell) and len(cell) <= longest:
            return cell  # nearly always, and twice as fast
        value = as_text(cell)
        if needed and not value:
            raise Unfit("a text")
        if len(value) > longest:
            raise Unfit(f"at most {longest} characters, not {len(value)}")
        if _CONTROL.search(value):
            raise Unfit("a text without control characters")
        return value

    return rule


def gender(cell: Cell) -> str:
    value = as_text(cell).capitalize()
    if value not in GENDERS:
        raise Unfit(" or ".join(GENDERS))
    return value


def whole(low: int, high: int) -> Rule:
    """A whole number from `low` to `high`."""

    def rule(cell: Cell) -> int:
        value = as_text(cell)
        if (
            isinstance(cell, bool)
            or not _WHOLE.fullmatch(value)
            or not low <= int(value.partition(".")[0]) <= high
        ):
            raise Unfit(f"a whole number from {low:,} to {high:,}")
        return int(value.partition(".")[0])

    return rule


def amount(minor_digits: int, *, most: int = MAX_MINOR) -> Rule:
    """An amount of money, as a number of the smallest unit."""
    example = "1500" if not minor_digits else f"1500.{'40000'[:minor_digits]}"
    decimals = f"at most {minor_digits} decimals" if minor_digits else "no decimals"
    expected = f"an amount of 0 or more with {decimals}, such as {example}"

    def rule(cell: Cell) -> int:
        exact = _decimal(cell)
        if exact is None:
            raise Unfit(expected)
        scaled = exact.scaleb(minor_digits)
        minor = scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        # Floats leave crumbs such as 1500.3999999999999; a further decimal that means something is refused.
        if not 0 <= minor <= most or exact < 0 or abs(scaled - minor) > Decimal("0.00001"):
            raise Unfit(expected)
        return int(minor)

    return rule


def _decimal(cell: Cell) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    if isinstance(cell, str) and not _AMOUNT.fullmatch(cell.strip()):
        return None
    try:
        value = Decimal(cell.strip() if isinstance(cell, str) else repr(cell))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 15 else None


def day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    else:
        found = _written_day(as_text(cell))
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise Unfit(f"a date of the years {YEARS[0]} to {YEARS[1]}")
    return found


def _written_day(value: str) -> date:
    if iso := _ISO.fullmatch(value):
        year, month, number = (int(part) for part in iso.groups())
    elif written := _DAY_FIRST.fullmatch(value):
        number, month = int(written[1]), int(written[3])
        year = int(written[4]) + (2000 if len(written[4]) == 2 else 0)
    else:
        raise Unfit("a date as dd-mm-yy, dd-mm-yyyy, d/m/yyyy or yyyy-mm-dd")
    try:
        return date(year, month, number)
    except ValueError:
        raise Unfit("a date that exists, day first, such as 28-02-2022") from None


def label(cell: Cell) -> int:
    value = as_text(cell)
    if isinstance(cell, bool) or value not in ("0", "1"):
        raise Unfit("0 (Low) or 1 (High)")
    return int(value)


def _longest(field: str) -> int:
    return int(TransactionRow._meta.get_field(field).max_length)  # type: ignore[arg-type, union-attr]


def rules(minor_digits: int) -> dict[str, Rule]:
    """Column -> rule. Columns whose values repeat remember what they have seen."""
    remembered = {
        "gender": gender,
        "age": whole(0, MAX_AGE),
        "category": text(_longest("category"), needed=True),
        "quantity": whole(1, MAX_QUANTITY),
        "price": amount(minor_digits),
        "payment_method": text(_longest("payment_method"), needed=True),
        "invoice_date": day,
        "shopping_mall": text(_longest("shopping_mall"), needed=True),
        "Label": label,
    }
    unique = {
        "Tid": text(_longest("tid"), needed=True),
        "coupon_no": text(_longest("coupon_no"), needed=False),
        "customer_id": text(_longest("customer_id"), needed=False),
    }
    return unique | {name: lru_cache(maxsize=20_000, typed=True)(rule) for name, rule in remembered.items()}


def known_name(header: str) -> str | None:
    """The column that a header means, whatever its case and blanks around it."""
    name = header.strip().casefold()
    for column in COLUMNS:
        if name == column.casefold():
            return column
    return OTHER_NAMES.get(name)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each known column stands in the file, and what its cells must be."""

    file: str
    width: int
    cells: tuple[tuple[str, int, Rule], ...]

    @property
    def labelled(self) -> bool:
        return any(column == "Label" for column, _, _ in self.cells)

    def read(self, number: int, cells: Sequence[Cell]) -> tuple[Transaction | None, list[Fault]]:
        """The row's transaction, or None and its faults."""
        if len(cells) < self.width or any(cells[self.width :]):
            return None, [
                Fault(self.file, number, "", f"{len(cells)} cells", f"{self.width} as in the header")
            ]
        values: dict[str, Any] = {"coupon_no": ""}
        faults = []
        for column, index, rule in self.cells:
            try:
                values[_FIELDS.get(column, column)] = rule(cells[index])
            except Unfit as unfit:
                faults.append(Fault(self.file, number, column, shown(cells[index]), str(unfit)))
        return (None if faults else Transaction(**values)), faults


def plan(file: str, header: Sequence[str], *, minor_digits: int) -> Plan:
    """How to read the rows below `header`. BadFile where a column is missing or there twice."""
    places = _places(file, header)
    missing = [column for column in NEEDED if column not in places]
    if missing:
        found = f"the columns {', '.join(name or '(empty)' for name in header[:20])}"
        raise BadFile(tuple(Fault(file, 1, column, found, f"a column named {column}") for column in missing))
    by_column = rules(minor_digits)
    cells = tuple((column, places[column], by_column[column]) for column in COLUMNS if column in places)
    return Plan(file, len(header), cells)


def _places(file: str, header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        column = known_name(name)
        if (
            column in OTHER_NAMES.values()
            and name.strip().casefold() in OTHER_NAMES
            and "tid" in map(str.casefold, header)
        ):
            continue  # both names of one column: its own name wins
        if column is not None and column in places:
            found = f"two columns of that name ({places[column] + 1} and {index + 1})"
            raise BadFile.because(file, found, "each column once", row=1, column=column)
        if column is not None:
            places[column] = index
    return places
