"""Visitors get a row when something is kept of them, and become the shopper of their account once."""

from typing import Any

import make
import pytest

from engine import visit
from engine.contracts import EventIn
from service_provider.models import AuditEntry, BasketLine, Event, Order, Shopper, Visit
from service_provider.queries import visitors as known
from service_provider.services import visitors

pytestmark = pytest.mark.django_db
KEY = "a-visitor"
EARLY, LATE = 1_779_000_000_000, 1_779_000_060_000


def visited(shopper_id: int, key: str, *, at: int = EARLY) -> Visit:
    """A visit of one event, with its state."""
    owner = Shopper.objects.get(pk=shopper_id).key
    event = EventIn(f"event-{key}", owner, key, at, "page_view")
    state = visit.to_bytes(visit.fold(visit.empty(key, owner), event))
    row = Visit.objects.create(
        key=key, shopper_id=shopper_id, started_ms=at, last_ms=at, event_count=1, state=state, state_version=1
    )
    Event.objects.create(event_id=event.event_id, visit=row, occurred_ms=at, received_ms=at, kind=0)
    return row


def basket(shopper_id: int) -> dict[str, int]:
    lines = BasketLine.objects.filter(shopper_id=shopper_id).select_related("product")
    return {line.product.product_id: line.quantity for line in lines}


def put(shopper_id: int, **quantities: int) -> None:
    from service_provider.models import Product

    for product_id, quantity in quantities.items():
        product = Product.objects.filter(product_id=product_id).first() or make.product(product_id)
        BasketLine.objects.create(
            shopper_id=shopper_id, product=product, quantity=quantity, changed_at=make.NOON
        )


def test_a_visitor_has_one_row_however_often_it_is_needed() -> None:
    assert known.resolve(KEY) is None
    first = visitors.ensure(KEY, now=make.NOON)
    assert visitors.ensure(KEY, now=make.NOON) == first == known.resolve(KEY)
    assert Shopper.objects.filter(key=KEY).count() == 1


def test_everything_of_a_visitor_becomes_the_shoppers(anna: Any) -> None:
    shopper = anna.shopper_id
    visitor = visitors.ensure(KEY, now=make.NOON)
    moved = visited(visitor, "anonymous")
    visited(shopper, "hers", at=LATE)
    order = Order.objects.create(key="order", shopper_id=visitor, placed_ms=EARLY, total_minor=100)
    put(shopper, P1=2, P2=60)
    put(visitor, P2=50, P3=1)

    assert visitors.merge(KEY, shopper, now=make.NOON) is True

    assert set(Visit.objects.values_list("shopper_id", flat=True)) == {shopper}
    assert Event.objects.filter(visit__shopper_id=shopper).count() == Event.objects.count() == 2
    order.refresh_from_db()
    assert order.shopper_id == shopper
    assert basket(shopper) == {"P1": 2, "P2": 99, "P3": 1}
    assert basket(visitor) == {}
    moved.refresh_from_db()
    assert visit.from_bytes(bytes(moved.state)).shopper_id == anna.shopper.key
    assert moved.state_version == 1


def test_the_moved_state_is_the_one_that_folding_again_gives(anna: Any) -> None:
    visitor = visitors.ensure(KEY, now=make.NOON)
    row = visited(visitor, "anonymous")
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    row.refresh_from_db()
    event = EventIn("event-anonymous", anna.shopper.key, "anonymous", EARLY, "page_view")
    again = visit.fold(visit.empty("anonymous", anna.shopper.key), event)
    assert bytes(row.state) == visit.to_bytes(again)


def test_a_second_merge_changes_nothing(anna: Any, bea: Any) -> None:
    visitor = visitors.ensure(KEY, now=make.NOON)
    put(visitor, P1=2)
    assert visitors.merge(KEY, anna.shopper_id, now=make.NOON) is True
    for shopper in (anna.shopper_id, bea.shopper_id):
        assert visitors.merge(KEY, shopper, now=make.NOON) is False
    assert basket(anna.shopper_id) == {"P1": 2}
    assert basket(bea.shopper_id) == {}
    assert AuditEntry.objects.filter(verb="merge_visitor").count() == 1


def test_a_merged_key_is_the_shopper_from_then_on(anna: Any) -> None:
    visitors.ensure(KEY, now=make.NOON)
    assert not known.is_merged(KEY)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    assert known.resolve(KEY) == visitors.ensure(KEY, now=make.NOON) == anna.shopper_id
    assert known.is_merged(KEY)


def test_nothing_kept_is_nothing_to_merge(anna: Any) -> None:
    assert visitors.merge("never-seen", anna.shopper_id, now=make.NOON) is False
    assert visitors.merge(anna.shopper.key, anna.shopper_id, now=make.NOON) is False
    anna.shopper.refresh_from_db()
    assert anna.shopper.merged_into is None
    assert not AuditEntry.objects.exists()


def test_the_log_says_how_much_was_moved_and_no_name(anna: Any) -> None:
    put(visitors.ensure(KEY, now=make.NOON), P1=2)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    entry = AuditEntry.objects.get(verb="merge_visitor")
    assert entry.detail == {"basket_lines": 1, "visits": 0, "orders": 0}
    assert (entry.target_id, entry.actor, entry.actor_label) == (
        "key-anna", None, f"shopper {anna.shopper_id}",
    )  # fmt: skip
