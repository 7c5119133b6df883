"""What a coupon takes off a basket, line by line, in whole smallest units. Rules: docs/algorithms/discounts.md."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of a basket; money in the smallest unit."""

    product_id: str
    category: str
    price_minor: int  # of one piece
    quantity: int
    mall: str = ""
    taken_minor: int = 0  # off the whole line, by coupons before this one

    @property
    def left_minor(self) -> int:
        return self.price_minor * self.quantity - self.taken_minor


@dataclass(frozen=True, slots=True)
class Deal:
    """What a coupon promises: a percentage (in 1/10,000) or an amount, at most its cap, on some lines."""

    category: str  # empty: every category
    rate_bp: int
    amount_minor: int
    cap_minor: int
    min_basket_minor: int = 0
    malls: tuple[str, ...] = ()  # none: everywhere


@dataclass(frozen=True, slots=True)
class Discount:
    """What comes off: the sum, and the part of each line in the order of the lines. They add up to the sum."""

    total_minor: int
    lines: tuple[int, ...]


def basket_minor(lines: Sequence[PricedLine]) -> int:
    """The basket before any coupon."""
    return sum(line.price_minor * line.quantity for line in lines)


def is_matched(deal: Deal, line: PricedLine) -> bool:
    """Whether the coupon is for this line's category and mall."""
    return deal.category in ("", line.category) and (not deal.malls or line.mall in deal.malls)


def discount(deal: Deal, lines: Sequence[PricedLine]) -> Discount:
    """What `deal` takes off `lines`; nothing where the basket is below its minimum or no line matches.

    Half a smallest unit is rounded up. A line never goes below zero, nor does the sum exceed the cap. ValueError for
    a deal that is neither a percentage nor an amount, and for negative money.
    """
    _check(deal, lines)
    if basket_minor(lines) < deal.min_basket_minor:
        return Discount(0, (0,) * len(lines))
    bases = [line.left_minor if is_matched(deal, line) else 0 for line in lines]
    base = sum(bases)
    wanted = (
        deal.amount_minor if deal.amount_minor else (2 * base * deal.rate_bp + WHOLE_BP) // (2 * WHOLE_BP)
    )
    total = min(wanted, deal.cap_minor, base)
    return Discount(total, _spread(total, bases))


def after(lines: Sequence[PricedLine], taken: Discount) -> tuple[PricedLine, ...]:
    """The lines with what a coupon took off, for the next coupon."""
    return tuple(
        replace(line, taken_minor=line.taken_minor + off)
        for line, off in zip(lines, taken.lines, strict=True)
    )


def _spread(total: int, bases: Sequence[int]) -> tuple[int, ...]:
    """`total` over the lines in proportion to their bases; the largest remainders get the odd units (Hamilton),
    of equals the earlier line."""
    base = sum(bases)
    if not base:
        return (0,) * len(bases)
    parts = [total * one // base for one in bases]
    order = sorted(range(len(bases)), key=lambda place: (-(total * bases[place] % base), place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def _check(deal: Deal, lines: Sequence[PricedLine]) -> None:
    if (deal.rate_bp > 0) == (deal.amount_minor > 0) or not 0 <= deal.rate_bp <= WHOLE_BP:
        raise ValueError("A coupon takes off a percentage up to 100, or an amount.")
    if min(deal.amount_minor, deal.cap_minor, deal.min_basket_minor) < 0:
        raise ValueError("A coupon's amounts are not negative.")
    if any(line.price_minor < 0 or line.quantity < 1 or line.left_minor < 0 for line in lines):
        raise ValueError(
            "A line has a price from 0 and at least one piece, and no more is taken off than it costs."
        )
