"""What is bought and asked about more than before: the last days against as many days before them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q, QuerySet

from service_provider.models import RevenuePrediction, Transaction
from service_provider.queries import mall

PERIODS = (7, 30)


@dataclass(frozen=True, slots=True)
class Trend:
    """One category or mall: its counts now and before, and its shares of each period's total."""

    name: str
    now: int
    before: int
    share_now: float
    share_before: float | None  # None where nothing at all stands in the earlier period
    is_enough: bool

    @property
    def gain(self) -> float | None:
        """In shares of the whole; None where there is nothing to compare with."""
        return None if self.share_before is None else self.share_now - self.share_before


@dataclass(frozen=True, slots=True)
class TrendTable:
    """Trends of one source by one column, strongest gain first; both periods are `days` long."""

    source: str  # "transactions" or "predictions"
    by: str  # "category" or "mall"
    trends: tuple[Trend, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first` to `last`, both included, and as many before them."""

    first: date
    last: date
    is_current: bool  # it ends today; otherwise at the newest row there is

    @property
    def before(self) -> date:
        return self.first - (self.last - self.first) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TrendReport:
    days: int
    transactions: Window | None  # None: there are none
    predictions: Window | None
    tables: tuple[TrendTable, ...]
    enough: int
    as_of: datetime


def get(days: int, *, now: datetime) -> TrendReport:
    """Trends over the last `days` days; where the newest row is older, over the days before it."""
    settings = mall.get_settings()
    zone = ZoneInfo(settings.zone)
    today = now.astimezone(zone).date()
    sold = _window(
        Transaction.objects.filter(invoice_date__lte=today).aggregate(at=Max("invoice_date"))["at"],
        days,
        today,
    )
    newest = RevenuePrediction.objects.filter(created_at__lte=now).aggregate(at=Max("created_at"))["at"]
    asked = _window(newest and newest.astimezone(zone).date(), days, today)
    tables = []
    for by, column in (("category", "category"), ("mall", "shopping_mall")):
        if sold:
            tables.append(_table(Transaction, column, _days(sold), settings, by=by))
        if asked:
            tables.append(_table(RevenuePrediction, column, _moments(asked, zone), settings, by=by))
    return TrendReport(days, sold, asked, tuple(tables), settings.min_group_size, settings.local(now))


def _window(newest: date | None, days: int, today: date) -> Window | None:
    if newest is None:
        return None
    is_current = newest > today - timedelta(days=days)
    last = today if is_current else newest
    return Window(last - timedelta(days=days - 1), last, is_current)


def _days(window: Window) -> tuple[Q, Q]:
    return (
        Q(invoice_date__range=(window.first, window.last)),
        Q(invoice_date__gte=window.before, invoice_date__lt=window.first),
    )


def _moments(window: Window, zone: ZoneInfo) -> tuple[Q, Q]:
    before, first, after = (
        datetime.combine(day, time(), zone)
        for day in (window.before, window.first, window.last + timedelta(days=1))
    )
    return Q(created_at__gte=first, created_at__lt=after), Q(created_at__gte=before, created_at__lt=first)


def _table(
    model: type[Transaction] | type[RevenuePrediction],
    column: str,
    periods: tuple[Q, Q],
    settings: mall.MallSettings,
    *,
    by: str,
) -> TrendTable:
    now, before = periods
    found: QuerySet[Any, Any] = model._default_manager.filter(now | before).values(name=F(column))
    rows = list(
        found.annotate(now=Count("id", filter=now), before=Count("id", filter=before)).order_by("name")
    )
    total_now = sum(row["now"] for row in rows) or 1
    total_before = sum(row["before"] for row in rows)
    trends = [
        Trend(
            row["name"],
            row["now"],
            row["before"],
            row["now"] / total_now,
            row["before"] / total_before if total_before else None,
            row["now"] + row["before"] >= settings.min_group_size,
        )
        for row in rows
    ]
    trends.sort(key=lambda trend: (not trend.is_enough, -(trend.gain or 0.0), -trend.share_now, trend.name))
    return TrendTable("transactions" if model is Transaction else "predictions", by, tuple(trends))
