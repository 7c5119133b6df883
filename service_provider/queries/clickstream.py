"""How much is known of visits and of what happened in them."""

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, Sum

from service_provider.models import Order, Visit


@dataclass(frozen=True, slots=True)
class ClickstreamCounts:
    """Moments are milliseconds since 1970 in UTC, None where there is no visit. Robots are counted like others."""

    events: int
    visits: int
    buying_visits: int
    orders: int
    shoppers: int  # who have a visit
    first_ms: int | None
    last_ms: int | None


def counts() -> ClickstreamCounts:
    """Two queries. Events are not counted one by one: each visit knows how many it has."""
    found = Visit.objects.aggregate(
        events=Sum("event_count", default=0),
        visits=Count("id"),
        buying_visits=Count("id", filter=Q(is_buying=True)),
        shoppers=Count("shopper", distinct=True),
        first_ms=Min("started_ms"),
        last_ms=Max("last_ms"),
    )
    return ClickstreamCounts(orders=Order.objects.count(), **found)
