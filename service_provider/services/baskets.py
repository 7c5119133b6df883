"""Baskets of shoppers and of visitors. A refusal says in words what can be done instead."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from service_provider.models import BasketLine, Product
from service_provider.queries import baskets
from service_provider.queries.baskets import Line
from service_provider.services import deadlocks
from service_provider.services.visitors import MOST_PIECES, ensure

MOST_LINES = 50


class BasketRefused(Exception):
    """Why a basket stays as it is, for people."""


class NotOnSale(BasketRefused):
    def __init__(self) -> None:
        super().__init__("This product is not on sale.")


class NotInBasket(BasketRefused):
    def __init__(self) -> None:
        super().__init__("This product is no longer in your basket.")


class WrongQuantity(BasketRefused):
    def __init__(self) -> None:
        super().__init__(f"A basket holds 1 to {MOST_PIECES} pieces of a product.")


class TooFewLeft(BasketRefused):
    def __init__(self, title: str, left: int) -> None:
        super().__init__(f"Only {left} left of {title}." if left else f"{title} is sold out.")
        self.left = left


class BasketFull(BasketRefused):
    def __init__(self) -> None:
        super().__init__(f"A basket holds {MOST_LINES} products at most. Check out, or remove one first.")


@deadlocks.atomic
def add(key: str, product_id: str, *, quantity: int, now: datetime) -> Line:
    """Puts so many pieces more into the basket of whoever the key belongs to. BasketRefused."""
    product = _find(product_id)
    _check(product, quantity)
    shopper_id = ensure(key, now=now)
    line = _lines(shopper_id).filter(product=product).first()
    if line is None:
        if _lines(shopper_id).count() >= MOST_LINES:
            raise BasketFull
        line = BasketLine(shopper_id=shopper_id, product=product, quantity=0)
    _check(product, line.quantity + quantity)
    line.quantity += quantity
    line.changed_at = now
    line.save()
    return baskets.line_of(line)


@transaction.atomic
def set_quantity(shopper_id: int | None, product_id: str, *, quantity: int, now: datetime) -> Line:
    """Makes it so many pieces. BasketRefused."""
    product = _find(product_id)
    _check(product, quantity)
    if not _lines(shopper_id).filter(product=product).update(quantity=quantity, changed_at=now):
        raise NotInBasket
    return baskets.line_of(BasketLine(product=product, quantity=quantity))


@transaction.atomic
def remove(shopper_id: int | None, product_id: str) -> bool:
    """Takes a product out, on sale or not. False where it was not in."""
    gone, _ = _lines(shopper_id).filter(product__product_id=product_id).delete()
    return bool(gone)


@transaction.atomic
def clear(shopper_id: int | None) -> int:
    """Takes everything out and says how many products that were."""
    return _lines(shopper_id).delete()[0]


def _lines(shopper_id: int | None) -> QuerySet[BasketLine]:
    if shopper_id is None:
        return BasketLine.objects.none()
    return BasketLine.objects.filter(shopper_id=shopper_id)


def _find(product_id: str) -> Product:
    product = Product.objects.filter(product_id=product_id, is_active=True).first()
    if product is None:
        raise NotOnSale
    return product


def _check(product: Product, quantity: int) -> None:
    if not 1 <= quantity <= MOST_PIECES:
        raise WrongQuantity
    if quantity > product.stock:
        raise TooFewLeft(product.title, product.stock)
