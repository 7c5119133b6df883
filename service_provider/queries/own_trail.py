"""What is kept of a shopper's visits and purchases, as plain values for her download."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from engine.contracts import KINDS
from service_provider.models import BasketLine, Coupon, Event, Order, OrderLine, Redemption, Visit
from service_provider.queries.orders import moment_of

_EVENT = ("product_id", "category", "price_minor", "quantity")
_LINE = ("product_id", "category", "price_minor", "quantity", "discount_minor")


def list_visits(shopper_id: int) -> list[dict[str, Any]]:
    """Every visit with its events, in the order of their receipt; of old ones only how many they were. Two queries."""
    events: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Event.objects.filter(visit__shopper_id=shopper_id).order_by("pk")
    for visit_id, occurred_ms, kind, *rest in rows.values_list("visit_id", "occurred_ms", "kind", *_EVENT):
        told = {"at": moment_of(occurred_ms), "kind": KINDS[kind]} | dict(zip(_EVENT, rest, strict=True))
        events[visit_id].append(told)
    return [
        {"started_at": moment_of(row.started_ms), "last_at": moment_of(row.last_ms), "events": events[row.pk]}
        | ({"events_removed": row.event_count} if row.is_summed else {})
        for row in Visit.objects.filter(shopper_id=shopper_id).order_by("started_ms", "pk")
    ]


def list_orders(shopper_id: int) -> list[dict[str, Any]]:
    """Every order with its lines. Two queries."""
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for order_id, *line in (
        OrderLine.objects.filter(order__shopper_id=shopper_id).order_by("pk").values_list("order_id", *_LINE)
    ):
        lines[order_id].append(dict(zip(_LINE, line, strict=True)))
    return [
        {
            "key": row.key,
            "placed_at": moment_of(row.placed_ms),
            "cancelled_at": None if row.cancelled_ms is None else moment_of(row.cancelled_ms),
            "total_minor": row.total_minor,
            "discount_minor": row.discount_minor,
            "payment_method": row.payment_method,
            "lines": lines[row.pk],
        }
        for row in Order.objects.filter(shopper_id=shopper_id).order_by("placed_ms", "pk")
    ]


def list_basket(shopper_id: int) -> list[dict[str, Any]]:
    rows = BasketLine.objects.filter(shopper_id=shopper_id).order_by("pk")
    return [
        {"product_id": product_id, "quantity": quantity}
        for product_id, quantity in rows.values_list("product__product_id", "quantity")
    ]


_COUPON = ("code", "category", "rate_bp", "amount_minor", "cap_minor", "min_basket_minor", "why", "state")
_MOMENTS = ("issued", "mailed", "seen", "dismissed", "redeemed", "expires")


def list_coupons(shopper_id: int) -> list[dict[str, Any]]:
    """Every coupon with what became of it, where it was put to use and what she said of it. Two queries."""
    uses: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Redemption.objects.filter(coupon__shopper_id=shopper_id).select_related("order", "till", "api_key")
    for use in rows.order_by("pk"):
        uses[use.coupon_id].append(_use(use))
    return [
        {name: getattr(row, name) for name in (*_COUPON, "rating", "comment")}
        | {f"{name}_at": _moment(getattr(row, f"{name}_ms")) for name in _MOMENTS}
        | {"redemptions": uses[row.pk]}
        for row in Coupon.objects.filter(shopper_id=shopper_id).order_by("pk")
    ]


def _use(use: Redemption) -> dict[str, Any]:
    till = use.till.mall if use.till else use.api_key.mall if use.api_key else ""
    return {
        "at": moment_of(use.at_ms),
        "order": use.order.key if use.order else None,
        "till_in": till,
        "basket_minor": use.basket_minor,
        "discount_minor": use.discount_minor,
        "lines": use.lines,
        "taken_back_at": _moment(use.reversed_ms),
    }


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else moment_of(ms)
