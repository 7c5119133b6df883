"""Batches that wait together are stored together, and each has a fate of its own."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection
from shop_events import NOW, clicks, sent

from service_provider.models import Event, Visit
from service_provider.services import intake, intake_door
from service_provider.services.ferry import Ferry
from service_provider.services.intake import Batch, Sending, Taken, TooMany
from service_provider.services.open_visits import Overtaken, Shelf


def sending(name: str, *, who: str = "S1", **given: Any) -> Sending:
    return Sending(Batch((sent(name),), NOW), who, NOW, **given)


class Shore:
    """Stores nothing, but remembers who crossed with whom; the first crossing waits until it is let go."""

    def __init__(self) -> None:
        self.crossings: list[list[str]] = []
        self.first_is_away, self.may_land = threading.Event(), threading.Event()

    def store(self, sendings: Sequence[Sending]) -> list[Taken]:
        self.crossings.append([one.batch.events[0].event_id for one in sendings])
        if len(self.crossings) == 1:
            self.first_is_away.set()
            assert self.may_land.wait(20)
        return [Taken(accepted=int(one.batch.events[0].event_id)) for one in sendings]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def gather(ferry: Ferry, shore: Shore, pool: ThreadPoolExecutor, count: int) -> list[Any]:
    """One is on its way; the others come to the landing while it is, and wait."""
    crossing = [pool.submit(ferry.cross, sending("0"))]
    assert shore.first_is_away.wait(20)
    crossing += [pool.submit(ferry.cross, sending(str(n))) for n in range(1, count)]
    while len(ferry._waiting) < count - 1:
        shore.may_land.wait(0.001)
    shore.may_land.set()
    return [one.result(20) for one in crossing]


def test_who_waits_is_taken_along_in_one_crossing(pool: ThreadPoolExecutor) -> None:
    shore = Shore()
    taken = gather(Ferry(shore.store), shore, pool, 10)

    assert [one.accepted for one in taken] == list(range(10)), "each is told what became of its own"
    assert [len(crossing) for crossing in shore.crossings] == [1, 9]


def test_a_ferry_takes_so_many_and_comes_again(pool: ThreadPoolExecutor) -> None:
    shore = Shore()
    gather(Ferry(shore.store, most=4), shore, pool, 10)

    assert [len(crossing) for crossing in shore.crossings] == [1, 4, 4, 1]


def test_who_is_alone_does_not_wait() -> None:
    shore = Shore()
    shore.may_land.set()
    ferry = Ferry(shore.store)

    assert [ferry.cross(sending(str(n))).accepted for n in range(3)] == [0, 1, 2]
    assert [len(crossing) for crossing in shore.crossings] == [1, 1, 1]


def test_a_rower_who_is_ended_on_the_way_leaves_nobody_waiting(pool: ThreadPoolExecutor) -> None:
    def sink(_: Sequence[Sending]) -> list[Taken]:
        raise SystemExit

    ferry = Ferry(sink)
    with pytest.raises(SystemExit):
        ferry.cross(sending("a"))

    assert not ferry._is_away


# ---- fates ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_flood_is_refused_and_its_neighbours_are_stored() -> None:
    flood = Sending(Batch(tuple(clicks(5)), NOW), "S1", NOW, most=4)
    before, refused, after = intake_door.store_each([sending("a", who="S2"), flood, sending("b", who="S3")])

    assert (before.accepted, after.accepted) == (1, 1)
    assert isinstance(refused, TooMany)
    assert set(Event.objects.values_list("event_id", flat=True)) == {"a", "b"}


@pytest.mark.django_db(transaction=True)
def test_an_error_of_one_keeps_nobody_else_out(monkeypatch: Any) -> None:
    write = Shelf.write

    def trip(shelf: Shelf) -> None:
        write(shelf)
        if any(home.owner.key == "S2" for homes in shelf._known.values() for home in homes):
            raise DatabaseError("The disk is full.")

    monkeypatch.setattr(Shelf, "write", trip)
    one, two, three = intake_door.store_each([sending(f"e{n}", who=f"S{n}") for n in (1, 2, 3)])

    assert (one.accepted, three.accepted) == (1, 1)
    assert isinstance(two, DatabaseError)
    assert set(Event.objects.values_list("event_id", flat=True)) == {"e1", "e3"}


@pytest.mark.django_db
def test_in_a_larger_transaction_it_is_stored_by_its_own_thread() -> None:
    assert connection.in_atomic_block
    assert intake_door.take(sending("a")).accepted == 1


@pytest.mark.django_db(transaction=True)
def test_an_error_comes_back_to_who_brought_the_batch(monkeypatch: Any) -> None:
    def refuse(_: Any) -> Any:
        raise Overtaken

    monkeypatch.setattr(intake, "record_all", refuse)
    with pytest.raises(Overtaken):
        intake_door.take(sending("a"))


# ---- several in one transaction ---------------------------------------------------------------------


@pytest.mark.django_db
def test_batches_of_one_shopper_go_on_with_her_visit() -> None:
    one, two = intake.record_all([sending("a"), sending("b")])

    assert one.visit_key == two.visit_key
    assert (one.state.version, two.state.version) == (1, 2)
    assert Visit.objects.get().event_count == 2


@pytest.mark.django_db
def test_the_same_event_in_two_of_them_is_stored_once() -> None:
    one, two = intake.record_all([sending("a"), sending("a", who="S2")])

    assert (one.accepted, two.accepted, two.repeated) == (1, 0, 1)
    assert two.visit_key == ""


@pytest.mark.django_db
def test_together_or_one_by_one_the_ledger_is_the_same() -> None:
    batches = [Batch(tuple(clicks(4, start=3 * n)), NOW) for n in range(6)]
    intake.record_all([Sending(batch, f"T{n % 2}", NOW) for n, batch in enumerate(batches)])
    together = ledger()
    Event.objects.all().delete()
    Visit.objects.all().delete()
    for n, batch in enumerate(batches):
        intake.record(batch, shopper_key=f"T{n % 2}", now_ms=NOW)

    assert ledger() == together


def ledger() -> tuple[list[Any], list[Any]]:
    events = Event.objects.order_by("pk").values_list("event_id", "visit__key", "occurred_ms", "kind")
    return list(events), list(
        Visit.objects.order_by("key").values_list("key", "state", "event_count", "last_ms")
    )


@pytest.mark.django_db
def test_floods_are_counted_over_all_of_them() -> None:
    outcomes = intake.record_all([sending(f"e{n}", most=2) for n in range(3)])

    assert [isinstance(one, TooMany) for one in outcomes] == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_each_stored_once(pool: ThreadPoolExecutor) -> None:
    def visit_shop(n: int) -> int:
        try:
            return sum(intake_door.take(sending(f"e{n}-{m}", who=f"S{n % 5}")).accepted for m in range(10))
        finally:
            connection.close()

    assert list(pool.map(visit_shop, range(16))) == [10] * 16
    assert Event.objects.count() == sum(Visit.objects.values_list("event_count", flat=True)) == 160
