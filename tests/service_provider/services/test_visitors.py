"""Visitors get a row when something is kept of them, and become the shopper of their account once."""

from typing import Any

import make
import pytest
from shop_events import MINUTE, NOW, clicks, record, sent

from engine import visit
from engine.contracts import EventIn
from service_provider.models import AuditEntry, BasketLine, Event, Order, Shopper, Visit
from service_provider.queries import visitors as known
from service_provider.services import visit_states, visitors

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


def test_what_was_on_its_way_at_log_in_is_hers_too(anna: Any) -> None:
    """Her first batch is slower than her log in: nothing was kept of the visitor when she became the shopper."""
    assert visitors.merge("never-seen", anna.shopper_id, now=make.NOON) is True
    assert not AuditEntry.objects.exists()  # nothing was moved
    record(sent(), who="never-seen")
    assert Visit.objects.get().shopper == anna.shopper


def test_a_shopper_is_not_merged_with_herself(anna: Any) -> None:
    assert visitors.merge(anna.shopper.key, anna.shopper_id, now=make.NOON) is False
    anna.shopper.refresh_from_db()
    assert anna.shopper.merged_into is None


def test_two_accounts_on_one_browser_each_keep_their_own(anna: Any, bea: Any) -> None:
    """She logs out, and somebody else looks around in the same browser and logs in."""
    record(sent("a"), who="first-cookie")
    visitors.merge("first-cookie", anna.shopper_id, now=make.NOON)
    record(sent("b"), who=anna.shopper.key)
    record(sent("c"), who="second-cookie")
    visitors.merge("second-cookie", bea.shopper_id, now=make.NOON)
    record(sent("d"), who="first-cookie")  # an old window
    owners = Event.objects.order_by("event_id").values_list("event_id", "visit__shopper__key")
    assert list(owners) == [("a", "key-anna"), ("b", "key-anna"), ("c", "key-bea"), ("d", "key-anna")]


def test_an_old_cookie_is_no_way_into_another_account(anna: Any, bea: Any) -> None:
    record(sent("a"), who=KEY)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    assert visitors.merge(KEY, bea.shopper_id, now=make.NOON) is False
    record(sent("b"), who=KEY)
    assert set(Visit.objects.values_list("shopper__key", flat=True)) == {"key-anna"}
    assert known.find_own(KEY) is None


def is_as_the_log_says() -> bool:
    steps = visit_states.rebuild(until_ms=2**53, is_check=True)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bool(end.value.same == end.value.visits == Visit.objects.count())


@pytest.mark.parametrize(("hers", "anonymous"), [(0, 1), (1, 0)], ids=["hers is older", "hers is newer"])
def test_two_visits_open_at_once_stay_two_and_the_newest_goes_on(
    anna: Any, hers: int, anonymous: int
) -> None:
    """On the phone she was logged in, at the desk not yet. Gaps are those of each visit."""
    first = record(sent("phone", at=NOW + hers * MINUTE), who="key-anna", now_ms=NOW + hers * MINUTE)
    second = record(sent("desk", at=NOW + anonymous * MINUTE), who=KEY, now_ms=NOW + anonymous * MINUTE)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    later = NOW + 10 * MINUTE
    taken = record(sent("next", at=later), who="key-anna", now_ms=later)

    assert taken.visit_key == (first if hers > anonymous else second).visit_key
    assert (taken.state.version, taken.state.last_gap_ms) == (2, 9 * MINUTE)
    assert sorted(Visit.objects.values_list("event_count", flat=True)) == [1, 2]
    assert Event.objects.count() == 3
    assert is_as_the_log_says()


def test_half_an_hour_after_log_in_a_new_visit_begins(anna: Any) -> None:
    before = record(sent("a"), who=KEY)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    within = record(sent("b", at=NOW + 30 * MINUTE), who="key-anna", now_ms=NOW + 30 * MINUTE)
    beyond = record(sent("c", at=NOW + 60 * MINUTE + 1), who="key-anna", now_ms=NOW + 60 * MINUTE + 1)
    assert within.visit_key == before.visit_key != beyond.visit_key
    assert is_as_the_log_says()


def test_the_same_batch_before_and_after_log_in_is_counted_once(anna: Any) -> None:
    record(*clicks(5), who=KEY)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    for who in (KEY, "key-anna"):
        again = record(*clicks(5), who=who)
        assert (again.accepted, again.repeated) == (0, 5)
    assert Visit.objects.get().event_count == 5


def test_a_state_that_another_release_kept_does_not_keep_her_out(anna: Any) -> None:
    record(*clicks(3), who=KEY)
    state = bytes(Visit.objects.get().state)
    Visit.objects.update(state=bytes((state[0] - 1,)) + state[1:])
    assert visitors.merge(KEY, anna.shopper_id, now=make.NOON) is True
    taken = record(sent("next"), who=KEY)
    assert (taken.state.version, taken.state.shopper_id) == (4, "key-anna")
    assert is_as_the_log_says()


def test_the_log_says_how_much_was_moved_and_no_name(anna: Any) -> None:
    put(visitors.ensure(KEY, now=make.NOON), P1=2)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    entry = AuditEntry.objects.get(verb="merge_visitor")
    assert entry.detail == {"basket_lines": 1, "visits": 0, "orders": 0, "coupons": 0}
    assert (entry.target_id, entry.actor, entry.actor_label) == (
        "key-anna", None, f"shopper {anna.shopper_id}",
    )  # fmt: skip
