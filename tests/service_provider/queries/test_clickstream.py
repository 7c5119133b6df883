"""How much is known of visits, in two queries."""

from typing import Any

import make
import pytest
from event_files import MINUTE, NINE, at, event, events_of

from service_provider.models import Visit
from service_provider.queries import clickstream, mall_history
from service_provider.queries.clickstream import ClickstreamCounts
from service_provider.queries.mall import MallSettings
from service_provider.services import event_imports

pytestmark = pytest.mark.django_db


def test_an_empty_ledger() -> None:
    assert clickstream.counts() == ClickstreamCounts(0, 0, 0, 0, 0, 0, 0, None, None)


def test_everything_is_counted(django_assert_num_queries: Any) -> None:
    rows = [
        event(),
        event(occurred_at=at(5), kind="purchase"),
        event(occurred_at=at(9), visit_id="V2"),
        event(occurred_at=at(2), shopper_id="S2", visit_id="V3"),
    ]
    event_imports.record(events_of(*rows), now=make.NOON)
    with django_assert_num_queries(2):
        found = clickstream.counts()
    assert found == ClickstreamCounts(4, 3, 1, 1, 2, 0, 0, NINE, NINE + 9 * MINUTE)


def test_robots_are_counted_apart_and_as_in_the_malls_history() -> None:
    rows = [event(), event(occurred_at=at(1)), event(shopper_id="S2", occurred_at=at(30), visit_id="V2")]
    event_imports.record(events_of(*rows), now=make.NOON)
    Visit.objects.filter(key__contains="V2").update(is_bot=True)
    assert clickstream.counts() == ClickstreamCounts(2, 1, 0, 0, 1, 1, 1, NINE, NINE + MINUTE)

    past = mall_history.get(MallSettings())
    assert (past.events, past.visits, past.robots) == (2, 1, 1)
