"""How much is known of visits, in two queries."""

from typing import Any

import make
import pytest
from event_files import MINUTE, NINE, at, event, events_of

from service_provider.queries import clickstream
from service_provider.queries.clickstream import ClickstreamCounts
from service_provider.services import event_imports

pytestmark = pytest.mark.django_db


def test_an_empty_ledger() -> None:
    assert clickstream.counts() == ClickstreamCounts(0, 0, 0, 0, 0, None, None)


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
    assert found == ClickstreamCounts(4, 3, 1, 1, 2, NINE, NINE + 9 * MINUTE)
