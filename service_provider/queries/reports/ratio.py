"""How many predictions say High: in all and by group, lowest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import ExtractMonth, ExtractYear

from service_provider.models import RevenuePrediction
from service_provider.queries import age_bands, mall, prediction_coupons, segments
from service_provider.queries.reports.shares import Share


@dataclass(frozen=True, slots=True)
class Group:
    """The High share of one group; `params` finds its predictions in their list."""

    name: str
    high: Share
    params: tuple[tuple[str, str], ...]
    is_low: bool  # below the mall's threshold


@dataclass(frozen=True, slots=True)
class Dimension:
    name: str
    groups: tuple[Group, ...]  # lowest High share first; those without enough data last


@dataclass(frozen=True, slots=True)
class RatioReport:
    high: Share
    dimensions: tuple[Dimension, ...]
    months: tuple[tuple[date, Share], ...]  # oldest first
    threshold: float
    enough: int
    as_of: datetime


def get(*, now: datetime) -> RatioReport:
    """Nine queries, whatever there is to count, and one more where shoppers have segments."""
    settings = mall.get_settings()
    months = _months(settings)
    by_column = (
        ("Mall", "shopping_mall", F("shopping_mall")),
        ("Category", "category", F("category")),
        ("Age", "age_band", age_bands.column()),
        ("Gender", "gender", F("gender")),
    )
    dimensions = [
        _dimension(name, _grouped(column), settings, param=param) for name, param, column in by_column
    ]
    monthly = [(f"{month:%B %Y}", f"{month:%Y-%m}", share.hits, share.total) for month, share in months]
    dimensions.insert(2, _dimension("Month of invoice", monthly, settings, param="month"))
    dimensions.append(_dimension("Coupon", _by_coupon(), settings, param="coupon"))
    if names := segments.names():
        dimensions.append(_dimension("Segment", _by_segment(names), settings, param="segment"))
    return RatioReport(
        high=Share(sum(s.hits for _, s in months), sum(s.total for _, s in months)),
        dimensions=tuple(dimensions),
        months=months,
        threshold=settings.low_ratio_threshold,
        enough=settings.min_group_size,
        as_of=settings.local(now),
    )


def _counted(**columns: Any) -> QuerySet[Any, Any]:
    grouped = RevenuePrediction.objects.values(**columns)
    return grouped.annotate(total=Count("id"), high=Count("id", filter=Q(result=1))).order_by(*columns)


def _grouped(column: Any) -> list[tuple[str, str, int, int]]:
    return [(row["name"], row["name"], row["high"], row["total"]) for row in _counted(name=column)]


def _by_segment(names: Mapping[str, str]) -> list[tuple[str, str, int, int]]:
    """By the segment in which whoever asked is now; who has none is left out."""
    rows = _counted(name=segments.column("shopper"))
    return [
        (names.get(row["name"], row["name"]), row["name"], row["high"], row["total"])
        for row in rows
        if row["name"]
    ]


def _by_coupon() -> list[tuple[str, str, int, int]]:
    """By the campaign whose coupon is named in the form. Two queries."""
    names = prediction_coupons.names()
    rows = _counted(name=prediction_coupons.column())
    return [(names.get(row["name"], row["name"]), row["name"], row["high"], row["total"]) for row in rows]


def _months(settings: mall.MallSettings) -> tuple[tuple[date, Share], ...]:
    # The invoice date is a plain day: no time zone takes part, for which MariaDB may lack the tables.
    rows = _counted(year=ExtractYear("invoice_date"), month=ExtractMonth("invoice_date"))
    return tuple(
        (date(row["year"], row["month"], 1), Share(row["high"], row["total"], settings.min_group_size))
        for row in rows
    )


def _dimension(
    name: str, rows: Iterable[tuple[str, str, int, int]], settings: mall.MallSettings, *, param: str
) -> Dimension:
    groups = []
    for label, value, high, total in rows:
        share = Share(high, total, settings.min_group_size)
        is_low = share.rate is not None and share.rate < settings.low_ratio_threshold
        groups.append(Group(label, share, ((param, value),), is_low))
    groups.sort(key=lambda group: (group.high.rate is None, group.high.rate or 0.0))
    return Dimension(name, tuple(groups))
