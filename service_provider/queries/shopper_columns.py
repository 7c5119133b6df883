"""What segments are made of, read from the ledger: columns of all shoppers at a moment, and nothing later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q, QuerySet, Sum

from engine.segments.columns import (
    DAY_MS,
    OUTCOME_DAYS,
    SPEND_DAYS,
    VISIT_DAYS,
    Flags,
    Floats,
    Ints,
    ShopperColumns,
)
from engine.segments.compare import Past
from engine.segments.logs import entropy_by, median_by
from service_provider.models import Event, Order, Visit

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Shoppers seen by that moment, by rising id: who was merged into another and whom only robots made are not."""

    ids: Ints
    columns: ShopperColumns


def read(as_of: datetime) -> Shoppers:
    """Every shopper with a visit that was over, or an order, by `as_of`. Four queries that the database adds up,
    one row a shopper, and one with a row for each visit of 60 days (a median cannot be added up)."""
    at = _ms(as_of)
    window = Q(last_ms__gt=at - VISIT_DAYS * DAY_MS)
    orders, visits = _bought(at), _came(at, window)
    ids = np.unique(np.concatenate([orders[:, 0], visits[:, 0]])).astype(np.int64)
    o, v = _Placed(ids, orders), _Placed(ids, visits)
    with np.errstate(divide="ignore", invalid="ignore"):
        pages = np.where(v.of(1) > 0, v.of(2) / v.of(1), np.nan)
    return Shoppers(
        ids,
        ShopperColumns(
            spend_180d_minor=o.of(1),
            orders_180d=o.of(2),
            days_since_last_order=o.days_since(3, at),
            visits_60d=v.of(1),
            median_active_seconds=_median_seconds(ids, _visits(at).filter(window)),
            pages_per_visit=pages,
            days_since_last_visit=v.days_since(3, at),
            category_entropy=_entropy(ids, at),
            orders_ever=o.of(4),
            visits_ever=v.of(4),
            orders_30d=o.of(5),
            buying_visits_60d=_buying(ids, at),
        ),
    )


def _bought(at: int) -> Floats:
    """Shopper, spend and orders of 180 days, moment of the last order, orders ever and of 30 days."""
    recent = Q(placed_ms__gt=at - SPEND_DAYS * DAY_MS)
    rows = _orders(at).values_list("shopper_id").annotate(
        spend=Sum("total_minor", filter=recent),
        recent=Count("pk", filter=recent),
        last=Max("placed_ms"),
        ever=Count("pk"),
        new=Count("pk", filter=Q(placed_ms__gt=at - OUTCOME_DAYS * DAY_MS)),
    )  # fmt: skip
    return _grid(rows, width=6)


def _came(at: int, window: Q) -> Floats:
    """Shopper, visits and events of the window, moment of the last visit, visits ever."""
    rows = _visits(at).values_list("shopper_id").annotate(
        recent=Count("pk", filter=window),
        events=Sum("event_count", filter=window),
        last=Max("last_ms"),
        ever=Count("pk"),
    )  # fmt: skip
    return _grid(rows, width=5)


def read_past(as_of: datetime) -> Past | None:
    """The same 30 days before, and what came in the 30 days; None where nobody was there yet."""
    at = _ms(as_of)
    before = read(datetime.fromtimestamp((at - OUTCOME_DAYS * DAY_MS) / 1000, tz=as_of.tzinfo))
    if not before.ids.size:
        return None
    later = _orders(at).filter(placed_ms__gt=at - OUTCOME_DAYS * DAY_MS)
    placed = _Placed(
        before.ids,
        _grid(
            later.values_list("shopper_id").annotate(spend=Sum("total_minor"), number=Count("pk")), width=3
        ),
    )
    return Past(before.columns, placed.of(2) > 0, placed.of(1))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _orders(at: int) -> QuerySet[Order]:
    """Placed by then and not cancelled by then, by people."""
    found = Order.objects.filter(placed_ms__lte=at, shopper__merged_into=None)
    return found.filter(Q(cancelled_ms=None) | Q(cancelled_ms__gt=at)).exclude(visit__is_bot=True)


def _visits(at: int) -> QuerySet[Visit]:
    """Over by then, and made by people."""
    return Visit.objects.filter(last_ms__lte=at, is_bot=False, shopper__merged_into=None)


def _grid(rows: Iterable[tuple[Any, ...]], *, width: int) -> Floats:
    """(n, width) float64: ids below 2**53 and amounts are whole in it."""
    found = np.array([[float(cell or 0) for cell in row] for row in rows], dtype=np.float64)
    return found.reshape(-1, width)


class _Placed:
    """Rows that begin with a shopper's id, put where she stands among all."""

    def __init__(self, ids: Ints, rows: Floats) -> None:
        kept: Flags = np.isin(rows[:, 0], ids)
        self._rows = rows[kept]
        self._place = np.searchsorted(ids, self._rows[:, 0])
        self._size = len(ids)

    def of(self, column: int, *, otherwise: float = 0.0) -> Floats:
        """(n,) and `otherwise` where she has no row."""
        found = np.full(self._size, otherwise)
        found[self._place] = self._rows[:, column]
        return found

    def days_since(self, column: int, at: int) -> Floats:
        last = self.of(column)
        return np.where(last > 0, (at - last) / DAY_MS, np.nan)


def _median_seconds(ids: Ints, visits: QuerySet[Visit]) -> Floats:
    rows = visits.values_list("shopper_id", "started_ms", "last_ms").iterator(chunk_size=CHUNK)
    found: Ints = np.fromiter(rows, dtype=np.dtype((np.int64, 3)))
    place = np.searchsorted(ids, found[:, 0])
    return median_by(place, (found[:, 2] - found[:, 1]) / 1000, size=len(ids))


def _entropy(ids: Ints, at: int) -> Floats:
    """Of the categories that the events of the window's visits name."""
    window = Event.objects.filter(
        visit__last_ms__lte=at,
        visit__last_ms__gt=at - VISIT_DAYS * DAY_MS,
        visit__is_bot=False,
        visit__shopper__merged_into=None,
    )
    rows = list(
        window.exclude(category="")
        .values_list("visit__shopper_id", "category")
        .annotate(Count("pk"))
        .order_by()
    )
    place = np.searchsorted(ids, np.array([row[0] for row in rows], dtype=np.int64))
    counts = np.array([row[2] for row in rows], dtype=np.float64)
    return entropy_by(place, counts, size=len(ids))


def _buying(ids: Ints, at: int) -> Floats:
    """Visits of the window in which an order was placed that still stands."""
    window = _orders(at).filter(visit__last_ms__lte=at, visit__last_ms__gt=at - VISIT_DAYS * DAY_MS)
    rows = window.values_list("shopper_id").annotate(number=Count("visit_id", distinct=True))
    return _Placed(ids, _grid(rows, width=2)).of(1)
