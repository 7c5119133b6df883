"""How much is known of visits and of what happened in them."""

from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, Sum

from service_provider.models import Order, Visit


@dataclass(frozen=True, slots=True)
class ClickstreamCounts:
    """Of people. Moments are milliseconds since 1970 in UTC, None where there is no visit.

    What robots did is counted apart: in `robots`, their visits, and `robot_events`. Orders are all there are.
    """

    events: int
    visits: int
    buying_visits: int
    orders: int
    shoppers: int  # who have a visit
    robots: int
    robot_events: int
    first_ms: int | None
    last_ms: int | None


def counts() -> ClickstreamCounts:
    """Two queries. Events are not counted one by one: each visit knows how many it has."""
    people = Q(is_bot=False)
    found = Visit.objects.aggregate(
        events=Sum("event_count", filter=people, default=0),
        visits=Count("id", filter=people),
        buying_visits=Count("id", filter=people & Q(is_buying=True)),
        shoppers=Count("shopper", filter=people, distinct=True),
        robots=Count("id", filter=~people),
        robot_events=Sum("event_count", filter=~people, default=0),
        first_ms=Min("started_ms", filter=people),
        last_ms=Max("last_ms", filter=people),
    )
    return ClickstreamCounts(orders=Order.objects.count(), **found)
