"""Orders: placed once with the prices and the stock of the moment, cancelled while there is time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from django.db.models import F, QuerySet

from engine.policy.discounts import PricedLine
from service_provider.models import BasketLine, Order, OrderLine, Product, Shopper
from service_provider.queries import mall
from service_provider.queries.access import Actor, require
from service_provider.queries.orders import CANCEL_MS, milliseconds
from service_provider.queries.people import addresses
from service_provider.services import audit, deadlocks, intake, order_coupons
from service_provider.services.coupons import Refused
from service_provider.services.intake import Bought
from service_provider.services.order_coupons import Bill

PAYMENT_METHODS = ("Cash", "Credit Card", "Debit Card")  # simulated: nobody is charged
TOKEN = re.compile(r"[0-9a-f]{32}")
TICK = timedelta(microseconds=1)  # what tells two versions of a product apart at least


class OrderRefused(Exception):
    """Why no order was placed or cancelled, for people; nothing was written."""


class EmailNotConfirmed(OrderRefused):
    def __init__(self) -> None:
        super().__init__("Please confirm your e-mail first.")


class EmptyBasket(OrderRefused):
    def __init__(self) -> None:
        super().__init__("Your basket is empty.")


class WrongPayment(OrderRefused):
    def __init__(self) -> None:
        super().__init__(f"Choose one of {', '.join(PAYMENT_METHODS)}.")


class WrongToken(OrderRefused):
    def __init__(self) -> None:
        super().__init__("This page is out of date. Please look at your order once more.")


class AnotherTotal(OrderRefused):
    def __init__(self, total: str) -> None:
        super().__init__(f"A price has changed: the total is {total} now. Please look at it once more.")


class CouponNotUsed(OrderRefused):
    def __init__(self, refusal: Refused) -> None:
        super().__init__(f"{refusal} Your order was not placed; please look at the total once more.")
        self.reason = refusal.reason


class NotOnSale(OrderRefused):
    def __init__(self, title: str) -> None:
        super().__init__(f"{title} is no longer on sale. Please remove it from your basket.")


class TooFewLeft(OrderRefused):
    def __init__(self, title: str, left: int) -> None:
        super().__init__(f"Only {left} left of {title}." if left else f"{title} is sold out.")
        self.left = left


class OrderNotFound(OrderRefused):
    def __init__(self) -> None:
        super().__init__("There is no such order.")


class TooLate(OrderRefused):
    def __init__(self) -> None:
        super().__init__("This order can be cancelled no more.")


@dataclass(frozen=True, slots=True)
class Placed:
    """An order and what is known of it; `is_new` is False where the same form had come before."""

    order_id: int
    key: str
    shopper_id: int
    placed_ms: int
    total_minor: int
    lines: tuple[Bought, ...]
    is_new: bool


def order_key(shopper_id: int, token: str) -> str:
    """One form makes one order; another shopper's form with the same token makes another."""
    return blake2b(f"{shopper_id}\n{token}".encode(), digest_size=16).hexdigest()


@deadlocks.atomic
def place(
    *,
    token: str,
    payment_method: str,
    agreed_minor: int,
    coupon_ids: Sequence[int] = (),
    by: Actor,
    now: datetime,
) -> Placed:
    """Buys the shopper's basket. OrderRefused, with the reason.

    `token` comes with the form: sent twice, it is one order. `agreed_minor` is the total that she saw, with these
    coupons: they are redeemed in the same transaction, all of them or nothing is bought.
    """
    require(by, "check_out")
    shopper_id = _check(by, token, payment_method)
    key = order_key(shopper_id, token)
    shopper = Shopper.objects.select_for_update().get(pk=shopper_id)
    before = Order.objects.filter(key=key).first()
    if before is not None:
        return _placed(before, is_new=False)
    lines = list(BasketLine.objects.select_for_update().filter(shopper_id=shopper_id).order_by("product_id"))
    if not lines:
        raise EmptyBasket
    taken = _take(lines, now=now)
    try:
        bill = order_coupons.hold(coupon_ids, taken, shopper_id=shopper_id, now_ms=milliseconds(now))
        if bill.total_minor != agreed_minor:
            raise AnotherTotal(mall.get_settings().money(bill.total_minor))
        order = _write(key, shopper, bill, payment_method=payment_method, now=now)
        order_coupons.redeem(bill, order_id=order.pk, shopper_id=shopper_id, now_ms=milliseconds(now))
    except Refused as refusal:
        raise CouponNotUsed(refusal) from refusal
    BasketLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
    detail = {"products": len(taken), "total_minor": order.total_minor, "payment_method": payment_method}
    if bill.uses:
        detail |= {"discount_minor": bill.discount_minor, "coupons": [use.coupon_id for use in bill.uses]}
    audit.record(by, "place_order", "order", key, now=now, detail=detail)
    return _placed(order, is_new=True)


@deadlocks.atomic
def cancel(key: str, *, by: Actor, now: datetime) -> int:
    """Takes a shopper's own order back within 30 minutes; its pieces are in stock again. OrderRefused.

    Its coupons follow their campaigns' rule; says how many of them can be used again.
    """
    require(by, "own_orders")
    order = Order.objects.filter(key=key).first()
    if order is None or order.shopper_id != by.shopper_id:
        raise OrderNotFound
    list(
        Shopper.objects.select_for_update().filter(pk=order.shopper_id).values_list("pk")
    )  # before its products
    lines = OrderLine.objects.filter(order=order)
    pieces = {line.product_id: line.quantity for line in lines}
    for product in _hold(Product.objects.filter(product_id__in=pieces)):
        _move_stock(product, pieces[product.product_id], now=now)
    since = milliseconds(now) - CANCEL_MS
    mine = Order.objects.filter(pk=order.pk, cancelled_ms=None, placed_ms__gte=since)
    if not mine.exclude(payment_method="").update(cancelled_ms=milliseconds(now)):
        raise TooLate
    again = order_coupons.give_back(order.pk, now_ms=milliseconds(now))
    audit.record(by, "cancel_order", "order", key, now=now, detail={"coupons": again} if again else None)
    return again


def _check(by: Actor, token: str, payment_method: str) -> int:
    """The shopper's id, when she and what she sent are in order."""
    if by.shopper_id is None or not addresses.is_confirmed(by.user_id):
        raise EmailNotConfirmed
    if payment_method not in PAYMENT_METHODS:
        raise WrongPayment
    if not TOKEN.fullmatch(token):
        raise WrongToken
    return by.shopper_id


def _write(key: str, shopper: Shopper, bill: Bill, *, payment_method: str, now: datetime) -> Order:
    """The order, its lines, and its events in the visit in which it was placed."""
    now_ms = milliseconds(now)
    bought = [Bought(line.product_id, line.category, line.price_minor, line.quantity) for line in bill.lines]
    visit_id = intake.record_order(key, bought, shopper_key=shopper.key, now_ms=now_ms).visit_id
    order = Order.objects.create(
        key=key, shopper=shopper, visit_id=visit_id, placed_ms=now_ms, total_minor=bill.total_minor,
        discount_minor=bill.discount_minor, payment_method=payment_method,
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=order, discount_minor=off, **line._asdict())
        for line, off in zip(bought, bill.line_discounts, strict=True)
    )
    return order


def _take(lines: Sequence[BasketLine], *, now: datetime) -> tuple[PricedLine, ...]:
    """Takes what the lines ask for out of the stock, at the prices of this moment."""
    quantities = {line.product_id: line.quantity for line in lines}
    bought = []
    for product in _hold(Product.objects.filter(pk__in=quantities)):
        quantity = quantities[product.pk]
        if not product.is_active:
            raise NotOnSale(product.title)
        if not _move_stock(product, -quantity, now=now):
            left = Product.objects.values_list("stock", flat=True).get(pk=product.pk)
            raise TooFewLeft(product.title, left)
        bought.append(
            PricedLine(product.product_id, product.category, product.price_minor, quantity, product.mall)
        )
    return tuple(bought)


def _hold(products: QuerySet[Product]) -> list[Product]:
    """The products by id, which is the order of their locks."""
    return list(products.select_for_update().order_by("pk"))


def _move_stock(product: Product, pieces: int, *, now: datetime) -> bool:
    """False where there are too few. A change of stock is a new version: an open editor must not undo it."""
    rows = Product.objects.filter(pk=product.pk, stock__gte=max(0, -pieces))
    changed_at = max(now, product.changed_at + TICK)
    return bool(rows.update(stock=F("stock") + pieces, changed_at=changed_at))


def _placed(order: Order, *, is_new: bool) -> Placed:
    rows = OrderLine.objects.filter(order=order).order_by("pk")
    lines = tuple(Bought(row.product_id, row.category, row.price_minor, row.quantity) for row in rows)
    return Placed(order.pk, order.key, order.shopper_id, order.placed_ms, order.total_minor, lines, is_new)
