"""What the overview says of the mall's past."""

from datetime import date

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from service_provider.adapters.event_files.columns import milliseconds
from service_provider.models import Order, Shopper, Visit
from service_provider.queries import mall_history
from service_provider.queries.mall import MallSettings
from service_provider.queries.mall_history import MallHistory

pytestmark = pytest.mark.django_db
TOKYO = MallSettings(zone="Asia/Tokyo")
AT, HOUR = milliseconds(make.NOON), 3_600_000


def visit(key: str, **fields: object) -> Visit:
    shopper, _ = Shopper.objects.get_or_create(key="anna", defaults={"created_at": make.NOON})
    given = {"started_ms": AT, "last_ms": AT, "event_count": 5}
    return Visit.objects.create(key=key, shopper=shopper, **given | fields)


def test_an_empty_mall_has_none() -> None:
    assert mall_history.get(TOKYO) == MallHistory(0, 0, 0, 0, 0, 0, None, None)


def test_robots_are_counted_apart_and_days_are_the_malls() -> None:
    bought = visit("v1", is_buying=True)
    visit("v2", last_ms=AT + 4 * HOUR)  # 01:00 on the 21st in Tokyo
    visit("v3", is_bot=True, event_count=60, started_ms=AT - 90 * HOUR)
    Order.objects.create(key="o", shopper=bought.shopper, visit=bought, placed_ms=AT, total_minor=1)
    make.product("P1")
    make.product("P2")

    found = mall_history.get(TOKYO)

    assert found == MallHistory(
        events=10, visits=2, buying_visits=1, robots=1, orders=1, products=2,
        first_day=date(2026, 5, 20), last_day=date(2026, 5, 21),
    )  # fmt: skip


def test_it_takes_two_queries() -> None:
    visit("v1")
    with CaptureQueriesContext(connection) as asked:
        mall_history.get(TOKYO)
    assert len(asked) == 2
