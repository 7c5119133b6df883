"""How much the mall has behind it: visits, what was bought, and what it sells."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Max, Min, Model, Q, QuerySet, Sum, Value

from service_provider.models import Order, Product, Visit
from service_provider.queries.mall import MallSettings


@dataclass(frozen=True, slots=True)
class MallHistory:
    """Counts of all there is. Robots' visits and their events are counted apart, in `robots`; days are the mall's."""

    events: int
    visits: int
    buying_visits: int
    robots: int
    orders: int
    products: int
    first_day: date | None
    last_day: date | None


def get(settings: MallSettings) -> MallHistory:
    """Two queries. Events are not counted one by one: each visit knows how many it has."""
    people = Q(is_bot=False)
    visits = Visit.objects.aggregate(
        events=Sum("event_count", filter=people, default=0),
        visits=Count("pk", filter=people),
        buying_visits=Count("pk", filter=people & Q(is_buying=True)),
        robots=Count("pk", filter=~people),
        first_ms=Min("started_ms", filter=people),
        last_ms=Max("last_ms", filter=people),
    )
    first_ms, last_ms = visits.pop("first_ms"), visits.pop("last_ms")
    counted = {"orders": 0, "products": 0} | dict(
        _count(Order, "orders").union(_count(Product, "products"), all=True)
    )
    return MallHistory(
        **visits, **counted, first_day=_day(first_ms, settings), last_day=_day(last_ms, settings)
    )


def _count(model: type[Model], what: str) -> QuerySet[Any, Any]:
    """One row: `what` and the number of rows; none where the table is empty."""
    rows = model._default_manager.order_by().annotate(what=Value(what)).values("what")
    return rows.annotate(number=Count("pk")).values_list("what", "number")


def _day(at_ms: int | None, settings: MallSettings) -> date | None:
    if at_ms is None:
        return None
    return settings.local(datetime.fromtimestamp(at_ms / 1000, UTC)).date()
