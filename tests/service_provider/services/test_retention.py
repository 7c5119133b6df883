"""Old events are added up and removed, visit by visit; nothing is counted twice, whatever comes again."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import make
import pytest
from django.db.models import QuerySet
from shop_events import DAY, HOUR, MINUTE, NOW, clicks, record, sent

from engine.contracts import KINDS
from service_provider.adapters.event_files.columns import Events, ids_of
from service_provider.models import AuditEntry, Event, EventDay, Mall, Order, Shopper, Visit
from service_provider.queries import clickstream, mall_history, own_trail, storefront
from service_provider.queries import retention as kept
from service_provider.queries.access import COMMAND
from service_provider.queries.mall import MallSettings
from service_provider.queries.retention import Place, Summed, Waiting
from service_provider.services import event_imports, retention, visit_states, visitors
from service_provider.services.event_imports import Recorded
from service_provider.services.retention import Removed

pytestmark = pytest.mark.django_db
OLD = NOW - 500 * DAY
LIMIT = NOW - 400 * DAY
VIEW, ADD, PURCHASE = (KINDS.index(kind) for kind in ("product_view", "add_to_cart", "purchase"))
Row = tuple[Any, ...]


def row(at: int, shopper: str = "S1", visit: str = "V1", kind: int = VIEW, **fields: Any) -> Row:
    given = {"product": "P1", "category": "Shoes", "price": 8990, "quantity": None} | fields
    return (shopper, at, kind, *given.values(), visit)


def bring(*rows: Row) -> Recorded:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return event_imports.record(Events.of([ids_of(*columns), *columns]), now=make.NOON)


def remove(*, until_ms: int = LIMIT, most_events: int = 3) -> Removed:
    removed, place = Removed(), Place()
    while chosen := kept.next_visits(place, until_ms=until_ms, most_visits=2, most_events=most_events):
        removed += retention.fold(chosen.visit_ids, until_ms=until_ms)
        place = chosen.place
    return removed


def sums() -> dict[tuple[date, int, str], tuple[int, int, int]]:
    return {(r.day, r.kind, r.category): (r.events, r.pieces, r.value_minor) for r in EventDay.objects.all()}


def all_there_is() -> dict[tuple[int, str], int]:
    """Events by kind and category: those that are live and those that were added up."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    for kind, category in Event.objects.filter(visit__is_bot=False).values_list("kind", "category"):
        found[kind, category] += 1
    for summed in EventDay.objects.filter(events__gt=0):
        found[summed.kind, summed.category] += summed.events
    return dict(found)


def test_old_visits_become_sums_by_day_kind_and_category() -> None:
    bring(
        row(OLD), row(OLD + 1), row(OLD + DAY, kind=ADD, quantity=3),
        row(OLD + DAY, visit="V2", kind=ADD, quantity=2), row(NOW - DAY, visit="V4"),
        row(OLD, shopper="S2", visit="V3", category="Toys", price=None, quantity=4, kind=ADD),
    )  # fmt: skip
    assert remove() == Removed(visits=3, events=5)
    first = date(2025, 1, 5)
    assert sums() == {
        (first, VIEW, "Shoes"): (2, 0, 0),
        (first, ADD, "Toys"): (1, 4, 0),
        (first + timedelta(days=1), ADD, "Shoes"): (2, 5, 5 * 8990),
    }
    assert kept.summed() == Summed(5, 9, 5 * 8990, first, first + timedelta(days=1))
    assert list(Event.objects.values_list("visit__key", flat=True)) == ["V4"]
    assert list(Visit.objects.filter(is_summed=True).order_by("key").values_list("key", "event_count")) == [
        ("V1", 3), ("V2", 1), ("V3", 1),
    ]  # fmt: skip


def test_a_visit_is_removed_whole_and_when_it_has_ended_before_the_limit() -> None:
    bring(row(LIMIT - MINUTE), row(LIMIT, visit="V2"), row(LIMIT - MINUTE, visit="V2"))
    assert kept.waiting(until_ms=LIMIT) == Waiting(visits=1, events=1)
    assert remove() == Removed(visits=1, events=1)
    assert Event.objects.count() == 2
    assert kept.waiting(until_ms=LIMIT) == Waiting(0, 0)


def test_a_second_removal_changes_nothing() -> None:
    bring(*(row(OLD + n) for n in range(10)))
    remove()
    before = sums()
    assert remove() == Removed()
    assert retention.fold(list(Visit.objects.values_list("pk", flat=True)), until_ms=LIMIT) == Removed()
    assert sums() == before


def test_what_is_rolled_back_is_whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill would leave it: sums, removal and mark happen together or not at all."""
    bring(row(OLD), row(OLD + 1))
    before = all_there_is()

    def die(query: Any, **changes: Any) -> None:
        assert EventDay.objects.exists()
        assert not Event.objects.exists()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(QuerySet, "update", die)
        with pytest.raises(KeyboardInterrupt):
            remove()
    assert not EventDay.objects.exists()
    assert remove() == Removed(visits=1, events=2)
    assert all_there_is() == before


def test_two_that_remove_the_same_visits_add_them_up_once() -> None:
    bring(row(OLD), row(OLD, shopper="S2", visit="V2"))
    chosen = kept.next_visits(Place(), until_ms=LIMIT, most_visits=9, most_events=9)
    assert chosen is not None
    assert retention.fold(chosen.visit_ids, until_ms=LIMIT) == Removed(visits=2, events=2)
    assert retention.fold(chosen.visit_ids, until_ms=LIMIT) == Removed()


def test_a_visit_that_went_on_since_it_was_chosen_is_left_alone() -> None:
    bring(row(LIMIT - MINUTE))
    chosen = kept.next_visits(Place(), until_ms=LIMIT, most_visits=9, most_events=9)
    assert chosen is not None
    bring(row(LIMIT + MINUTE))
    assert retention.fold(chosen.visit_ids, until_ms=LIMIT) == Removed()


def test_robots_are_removed_and_not_added_up() -> None:
    bring(row(OLD, quantity=2), row(OLD, shopper="S2", visit="V2", quantity=2))
    Visit.objects.filter(key="V1").update(is_bot=True)
    assert remove() == Removed(visits=2, events=1, robots=1)
    assert [counts for counts in sums().values()] == [(1, 2, 2 * 8990)]


def test_a_removal_of_robots_alone_leaves_a_trace() -> None:
    """By it an import knows that it must look."""
    bring(row(OLD))
    Visit.objects.update(is_bot=True)
    remove()
    assert kept.has_removed()
    assert bring(row(OLD)) == Recorded(removed=1)


def test_states_and_memories_go_with_the_events() -> None:
    record(*clicks(3, until=OLD), now_ms=OLD)
    Visit.objects.update(carried=b"x")
    remove()
    visit = Visit.objects.get()
    assert (visit.state, visit.state_version, visit.carried, visit.event_count) == (None, 0, None, 3)


def test_wild_numbers_are_added_up_as_the_fold_takes_them() -> None:
    bring(*(row(OLD + n, kind=ADD, price=10**12, quantity=2_000_000_000) for n in range(3)))
    assert remove() == Removed(visits=1, events=3)
    assert list(sums().values()) == [(3, 300_000, 3 * 10**12)]


# ---- what comes afterwards --------------------------------------------------------------------------


def test_the_same_file_again_brings_nothing_back() -> None:
    rows = [row(OLD + n * MINUTE, visit=f"V{n % 2}") for n in range(6)] + [row(OLD, shopper="S2", visit="V9")]
    bring(*rows)
    before = all_there_is()
    remove()
    assert bring(*rows) == Recorded(removed=7)
    assert all_there_is() == before
    assert Visit.objects.filter(is_summed=True).count() == Visit.objects.count() == 3


def test_another_event_of_a_removed_visit_is_left_out_with_a_count() -> None:
    bring(row(OLD), row(OLD + HOUR))
    remove()
    found = bring(row(OLD + HOUR + 20 * MINUTE), row(OLD + 9 * HOUR), row(OLD + DAY, visit="V2"))
    assert found == Recorded(added=1, visits=1, removed=2, old=1)
    assert Event.objects.get().visit.key == "V2"


def test_a_cut_visit_does_not_go_on_with_a_removed_one() -> None:
    from service_provider.adapters.event_files.silence import cut_key

    def cut(at: int, start: int) -> Row:
        return row(at, visit=cut_key("S1", start))

    bring(cut(OLD, OLD))
    remove()
    found = bring(cut(OLD - 31 * MINUTE, OLD - 31 * MINUTE), cut(OLD + 31 * MINUTE, OLD - 31 * MINUTE))
    assert found == Recorded(added=2, visits=1, old=2)
    assert Visit.objects.get(is_summed=True).event_count == 1


def test_a_visits_name_that_another_shopper_has_too_is_not_mistaken() -> None:
    bring(row(OLD, visit="V1"), row(OLD, shopper="S2", visit="V1"))
    remove()
    assert bring(row(OLD + 9 * HOUR, shopper="S2", visit="V1")) == Recorded(removed=1)
    assert bring(row(OLD, shopper="S3", visit="V1")) == Recorded(added=1, visits=1, shoppers=1, old=1)


def test_what_a_visitor_did_is_known_under_her_account(anna: Any) -> None:
    bring(row(OLD, shopper="cookie"))
    visitors.merge("cookie", anna.shopper_id, now=make.NOON)
    remove()
    assert bring(row(OLD, shopper="cookie"), row(NOW, shopper="cookie", visit="V2")) == Recorded(
        added=1, visits=1, removed=1
    )
    assert Event.objects.get().visit.shopper == anna.shopper


def test_an_import_says_what_the_next_removal_will_take() -> None:
    assert bring(row(OLD), row(NOW - DAY, visit="V2")).old == 1
    Mall.objects.update_or_create(pk=1, defaults={"keep_events_days": 600})
    assert bring(row(OLD, visit="V3")).old == 0


def test_an_order_of_a_removed_visit_stays() -> None:
    bring(row(OLD, kind=PURCHASE, quantity=2))
    remove()
    assert Order.objects.get().total_minor == 2 * 8990
    assert bring(row(OLD, kind=PURCHASE, quantity=2)) == Recorded(removed=1)
    assert Order.objects.get().total_minor == 2 * 8990


def test_a_click_near_a_removed_visit_begins_a_new_one() -> None:
    """A simulated shopper may live in the past."""
    first = record(sent("a", at=OLD), now_ms=OLD)
    remove()
    taken = record(sent("b", at=OLD + MINUTE), now_ms=NOW, clock_ms=OLD + MINUTE, sent_at=OLD + MINUTE)
    assert taken.visit_key != first.visit_key
    assert (taken.state.version, Visit.objects.get(is_summed=True).event_count) == (1, 1)


def test_a_click_that_comes_again_after_all_is_a_click_of_today() -> None:
    """No browser of ours keeps one for so long; what does is dated by its receipt."""
    record(sent("a", at=OLD), now_ms=OLD)
    remove()
    assert record(sent("a", at=OLD), sent_at=NOW, now_ms=NOW).accepted == 1
    assert Visit.objects.count() == 2


def test_rebuilding_passes_removed_visits_over() -> None:
    record(*clicks(3, until=OLD), now_ms=OLD)
    record(*clicks(2, start=10))
    remove()
    steps = visit_states.rebuild(until_ms=NOW)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            rebuilt = end.value
            break
    assert (rebuilt.visits, rebuilt.events, rebuilt.same, rebuilt.written) == (1, 2, 1, 0)
    assert Visit.objects.get(is_summed=True).state is None


# ---- figures ----------------------------------------------------------------------------------------


def test_the_figures_stay_what_they_were() -> None:
    make.product("P1")
    bring(*(row(OLD + n * HOUR, visit=f"V{n}", kind=n % len(KINDS), quantity=1) for n in range(30)))
    record(sent("a", "product_view", product_id="P1"))
    counts, past = clickstream.counts(), mall_history.get(MallSettings())
    wanted = storefront._most_wanted(make.NOON)
    events = all_there_is()
    remove()
    assert Event.objects.count() == 1
    assert clickstream.counts() == counts
    assert mall_history.get(MallSettings()) == past
    assert storefront._most_wanted(make.NOON) == wanted == ("P1",)
    assert all_there_is() == events
    assert set(Visit.objects.values_list("shopper__key", flat=True)) == {"S1"}


def test_her_own_data_say_how_many_events_were_removed() -> None:
    bring(row(OLD), row(OLD + 1), row(NOW - DAY, visit="V2"))
    remove()
    old, new = own_trail.list_visits(Shopper.objects.get().pk)
    assert (old["events"], old["events_removed"]) == ([], 2)
    assert (len(new["events"]), "events_removed" in new) == (1, False)


def test_the_log_says_how_much_went() -> None:
    retention.close(Removed(3, 20, 4), days=400, by=COMMAND, now=make.NOON)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_label) == ("remove_events", "command")
    assert entry.detail == {"visits": 3, "events": 20, "robots": 4, "keep_events_days": 400}
