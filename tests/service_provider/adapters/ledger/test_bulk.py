"""Many rows in one statement, on either database."""

from typing import Any

import make
import pytest
from django.db import connection

from service_provider.adapters.ledger import bulk
from service_provider.models import Shopper, Visit

pytestmark = pytest.mark.django_db
VISIT = ("key", "shopper_id", "started_ms", "last_ms", "event_count", "is_buying", "is_bot")


@pytest.fixture
def shopper() -> Any:
    return Shopper.objects.create(key="S1", created_at=make.NOON)


def add_up(*rows: tuple[Any, ...]) -> None:
    bulk.add_up(
        Visit, "key", VISIT, rows, sums=["event_count"], lows=["started_ms"], highs=["last_ms", "is_buying"]
    )


def stored() -> list[tuple[Any, ...]]:
    return list(
        Visit.objects.order_by("key").values_list("key", "started_ms", "last_ms", "event_count", "is_buying")
    )


def test_what_is_there_is_added_to(shopper: Any) -> None:
    add_up(("a", shopper.pk, 10, 20, 3, False, False))
    add_up(("a", shopper.pk, 5, 15, 2, True, False), ("b", shopper.pk, 1, 2, 1, False, False))
    add_up(("a", shopper.pk, 12, 30, 1, False, False))
    assert stored() == [("a", 5, 30, 6, True), ("b", 1, 2, 1, False)]


def test_new_rows_are_counted_and_known_ones_left(shopper: Any) -> None:
    row = ("a", shopper.pk, 10, 20, 3, False, False)
    assert bulk.insert_new(Visit, VISIT, [row]) == 1
    again = ("a", shopper.pk, 0, 0, 9, True, False)
    assert bulk.insert_new(Visit, VISIT, [again, ("b", shopper.pk, 1, 2, 1, False, False)]) == 1
    assert stored() == [("a", 10, 20, 3, False), ("b", 1, 2, 1, False)]


def test_no_rows_are_no_work() -> None:
    assert bulk.insert_new(Visit, VISIT, []) == 0
    assert bulk.find(Visit, "key", [], fetch=["id"]) == []


def test_thousands_are_asked_for_in_pieces(shopper: Any) -> None:
    bulk.insert(Visit, VISIT, ((f"v{n}", shopper.pk, n, n, 1, False, False) for n in range(2000)))
    found = bulk.find(
        Visit,
        "key",
        [f"v{n}" for n in range(3000)],
        fetch=["started_ms"],
        also="started_ms >= %s",
        with_values=[500],
    )
    assert sorted(moment for (moment,) in found) == list(range(500, 2000))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has this cache")
def test_the_large_cache_ends_with_its_block() -> None:
    def size() -> int:
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA cache_size").fetchone()[0]

    before = size()
    with bulk.large_cache():
        assert size() == -bulk.LARGE_CACHE
    assert size() == before
