"""Baskets with the catalogue's prices of this moment."""

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from service_provider.models import BasketLine


@dataclass(frozen=True, slots=True)
class Line:
    """One product in a basket; `problem` says in words why it cannot be bought as it is, or is empty."""

    product_id: str
    title: str
    category: str
    price_minor: int  # of one piece
    quantity: int
    stock: int
    is_on_sale: bool
    mall: str = ""

    @property
    def total_minor(self) -> int:
        return self.price_minor * self.quantity

    @property
    def problem(self) -> str:
        if not self.is_on_sale:
            return "This is no longer on sale."
        if self.stock >= self.quantity:
            return ""
        return f"Only {self.stock} left." if self.stock else "This is sold out."


@dataclass(frozen=True, slots=True)
class Basket:
    lines: tuple[Line, ...] = ()

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def total_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def is_ready(self) -> bool:
        """Whether it could be bought now."""
        return bool(self.lines) and not any(line.problem for line in self.lines)


def get(shopper_id: int | None) -> Basket:
    """The basket in the order in which it was filled; an empty one for who is not known. One query."""
    if shopper_id is None:
        return Basket()
    rows = BasketLine.objects.filter(shopper_id=shopper_id).select_related("product").order_by("pk")
    return Basket(tuple(line_of(row) for row in rows))


def line_of(row: BasketLine) -> Line:
    product = row.product
    return Line(
        product.product_id, product.title, product.category, product.price_minor, row.quantity, product.stock,
        product.is_active, product.mall,
    )  # fmt: skip


def count_of(shopper_id: int) -> int:
    """How many pieces a shopper's basket holds. One query on its index."""
    return _count(BasketLine.objects.filter(shopper_id=shopper_id))


def count_of_key(key: str) -> int:
    """The same for a visitor; what was merged is counted for its account alone."""
    return _count(BasketLine.objects.filter(shopper__key=key, shopper__merged_into=None))


def _count(lines: QuerySet[BasketLine]) -> int:
    return lines.aggregate(pieces=Sum("quantity"))["pieces"] or 0
