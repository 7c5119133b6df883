"""What one piece cost, where a table gives the pieces and what all of them brought."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
NOTHING = Decimal(0)
MOST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Sold:
    """`quantity` pieces at `price` each; together they brought `value`, but for the cents that rounding took."""

    quantity: int
    price: Decimal
    value: Decimal
    by_measure: bool = False
    rounded: bool = False


def price_of(quantity: str, value: str) -> Sold | None:
    """Whole pieces and the price of one in cents; None where the two are no numbers of 0 or more.

    No piece at all (a returned or corrected line) stays no piece. What is sold by measure (fuel is counted in
    thousandths of a gallon: parts of a piece, or a price below a cent) becomes one piece at the value of all.
    """
    count, total = _number(quantity), _number(value)
    if count is None or total is None:
        return None
    if not count:
        return Sold(0, NOTHING, total)
    price = total / count
    if count != count.to_integral_value() or NOTHING < price < CENT:
        whole = total.quantize(CENT, ROUND_HALF_UP)
        return Sold(1, whole, total, by_measure=True, rounded=whole != total)
    cents = price.quantize(CENT, ROUND_HALF_UP)
    return Sold(int(count), cents, total, rounded=cents * count != total)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and NOTHING <= number < MOST else None
