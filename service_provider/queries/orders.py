"""Orders as the shopper who placed them sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service_provider.models import Order, OrderLine, Product, Redemption
from service_provider.queries import mall, offered, page
from service_provider.queries.access import Actor

CANCEL_MS = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class ListedOrder:
    key: str
    placed_at: datetime
    total_minor: int
    payment_method: str  # empty for orders that were imported
    is_cancelled: bool
    discount_minor: int = 0  # taken off by coupons; the total is without it


@dataclass(frozen=True, slots=True)
class BoughtLine:
    product_id: str
    title: str  # as the catalogue has it today, else the id
    category: str
    price_minor: int  # of one piece, as it was paid
    quantity: int
    discount_minor: int = 0  # off the whole line
    problem: str = ""  # of a line that is still in a basket

    @property
    def total_minor(self) -> int:
        return self.price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class UsedCoupon:
    what: str
    discount_minor: int
    is_restored_on_cancel: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    listed: ListedOrder
    lines: tuple[BoughtLine, ...]
    cancel_until: datetime | None  # None where it can be cancelled no more
    coupons: tuple[UsedCoupon, ...] = ()

    @property
    def subtotal_minor(self) -> int:
        return self.listed.total_minor + self.listed.discount_minor


def moment_of(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, tz=UTC) + timedelta(milliseconds=ms % 1000)


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def list_own(actor: Actor, number: int) -> page.Page[ListedOrder]:
    """A page of the shopper's own orders, newest first. Two queries."""
    own = Order.objects.none()
    if actor.shopper_id is not None:
        own = Order.objects.filter(shopper_id=actor.shopper_id)
    return page.cut(own.order_by("-placed_ms", "-pk"), number, _listed)


def find_own(actor: Actor, key: str, *, now: datetime) -> OrderRow | None:
    """A shopper's own order; None for another's as for one that never was. At most five queries."""
    if actor.shopper_id is None:
        return None
    row = Order.objects.filter(key=key, shopper_id=actor.shopper_id).first()
    if row is None:
        return None
    return OrderRow(
        _listed(row),
        _lines(OrderLine.objects.filter(order=row).order_by("pk")),
        _until(row, now),
        _coupons(row) if row.discount_minor else (),
    )


def _listed(row: Order) -> ListedOrder:
    is_cancelled = row.cancelled_ms is not None
    return ListedOrder(
        row.key, moment_of(row.placed_ms), row.total_minor, row.payment_method, is_cancelled,
        row.discount_minor,
    )  # fmt: skip


def _until(row: Order, now: datetime) -> datetime | None:
    until = moment_of(row.placed_ms + CANCEL_MS)
    is_open = row.cancelled_ms is None and row.payment_method and now <= until
    return until if is_open else None


def _lines(rows: Iterable[OrderLine]) -> tuple[BoughtLine, ...]:
    lines = list(rows)
    ids = {line.product_id for line in lines}
    titles = dict(Product.objects.filter(product_id__in=ids).values_list("product_id", "title"))
    return tuple(
        BoughtLine(
            line.product_id, titles.get(line.product_id, line.product_id), line.category, line.price_minor,
            line.quantity, line.discount_minor,
        )
        for line in lines
    )  # fmt: skip


def _coupons(row: Order) -> tuple[UsedCoupon, ...]:
    """In the order in which they came off."""
    settings = mall.get_settings()
    uses = Redemption.objects.filter(order=row).select_related("coupon__campaign").order_by("pk")
    return tuple(
        UsedCoupon(
            offered.what(use.coupon, settings), use.discount_minor, use.coupon.campaign.restores_on_cancel
        )
        for use in uses
    )
