"""Batches out of a real Redis stream into the ledger: each once, in each visitor's order, whatever dies meanwhile."""

import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

import make
import pytest
from django.core.management import call_command
from django.db import OperationalError
from redis_server import needs_redis
from shop_events import DAY, MINUTE, NOW, SECOND, sent

from engine import visit
from service_provider.adapters.event_sink.shards import Shards
from service_provider.adapters.event_sink.stream import SHARDS, Stream, key, shard_of
from service_provider.models import Event, Visit
from service_provider.services import event_wire, intake
from service_provider.services.intake import Batch, Sending
from service_provider.services.intake_door import Queue
from service_provider.services.open_visits import Overtaken
from service_provider.streaming.consumer import Consumer

pytestmark = [needs_redis, pytest.mark.django_db]


def put(stream: Stream, *names: str, who: str = "S1", now_ms: int = NOW, **given: Any) -> None:
    events = tuple(sent(name, at=now_ms) for name in names)
    Queue(stream).take(Sending(Batch(events, now_ms), who, now_ms, **given))


class Clock:
    def __init__(self) -> None:
        self.now_ms = NOW + DAY

    def __call__(self) -> int:
        self.now_ms += SECOND
        return self.now_ms


def consumer(stream: Stream, name: str = "one", *, lease_ms: int = 15_000) -> Consumer:
    """Its own clock is a day ahead: what it says must not matter."""
    return Consumer(
        stream, name, now_ms=Clock(), rest=lambda _: None, shards=Shards(stream, name, lease_ms=lease_ms)
    )


def drain(stream: Stream, *consumers: Consumer) -> None:
    for _ in range(1_000):
        for each in consumers:
            each.step()
        if not stream.waiting():
            return
    pytest.fail("batches are left")


def stored() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("event_id", flat=True))


@pytest.mark.parametrize(("late_ms", "followed"), [(20 * SECOND, 1), (40 * SECOND, 0)], ids=["fresh", "late"])
def test_what_is_stored_soon_is_followed_and_what_waited_is_not(
    stream: Stream, late_ms: int, followed: int
) -> None:
    heard: list[int] = []
    one = Consumer(
        stream, "one", now_ms=lambda: NOW + late_ms, rest=lambda _: None,
        follow=lambda taken, sending: heard.append(taken.accepted),
    )  # fmt: skip
    put(stream, "a", "b")
    drain(stream, one)

    assert heard == [2] * followed


def test_what_was_put_in_is_stored_and_gone(stream: Stream) -> None:
    put(stream, "a", "b")
    one = consumer(stream)
    drain(stream, one)

    assert stored() == ["a", "b"]
    assert (one.counted.batches, one.counted.accepted, one.counted.repeated) == (1, 2, 0)
    assert stream.waiting() == 0


def test_moments_are_those_of_the_web_door(stream: Stream) -> None:
    put(stream, "a", now_ms=NOW - MINUTE)
    put(stream, "b", clock_ms=NOW - DAY)
    drain(stream, consumer(stream))

    assert list(Event.objects.order_by("event_id").values_list("occurred_ms", "received_ms")) == [
        (NOW - MINUTE, NOW - MINUTE),
        (NOW - DAY, NOW),
    ]


def test_a_browser_with_a_wrong_clock_is_set_right_by_the_door(stream: Stream) -> None:
    batch = Batch((sent("a", at=NOW - 300 * DAY - 5 * SECOND),), NOW - 300 * DAY)
    Queue(stream).take(Sending(batch, "S1", NOW))
    drain(stream, consumer(stream))

    assert Event.objects.get().occurred_ms == NOW - 5 * SECOND


def test_both_ends_leave_the_same_ledger(stream: Stream) -> None:
    make.product("P1", category="Shoes")
    batches = [
        Batch((sent(f"a{n}", "search"), sent(f"b{n}", "add_to_cart", product_id="P1", quantity=2)), NOW)
        for n in range(5)
    ]  # fmt: skip
    for batch in batches:
        Queue(stream).take(Sending(batch, "S1", NOW, is_robot=True))
        intake.record(
            Batch(tuple(e._replace(event_id=f"x{e.event_id}") for e in batch.events), NOW),
            shopper_key="S2", now_ms=NOW, is_robot=True,
        )  # fmt: skip
    drain(stream, consumer(stream))

    two, one = (visit.from_bytes(bytes(row.state)) for row in Visit.objects.order_by("pk"))
    assert one[2:] == two[2:]
    assert list(Visit.objects.values_list("is_bot", flat=True)) == [True, True]


def test_a_batch_that_was_put_in_twice_is_stored_once(stream: Stream) -> None:
    put(stream, "a", "b")
    put(stream, "a", "b")
    one = consumer(stream)
    drain(stream, one)

    assert stored() == ["a", "b"]
    assert (one.counted.accepted, one.counted.repeated) == (2, 2)


def test_what_a_dead_consumer_had_in_hand_is_taken_over(stream: Stream) -> None:
    for n in range(20):
        put(stream, f"e{n}", who=f"S{n % 5}")
    dead = consumer(stream, "dead", lease_ms=50)
    dead._refresh()
    assert len(dead._next()) == 20
    put(stream, "later", who="S1")
    drain(stream, consumer(stream, "heir"))

    assert sorted(stored()) == sorted([*(f"e{n}" for n in range(20)), "later"])
    assert stored().index("e16") < stored().index("later")


def test_who_dies_between_commit_and_acknowledgement_stores_nothing_twice(stream: Stream) -> None:
    put(stream, "a", "b")
    dead = consumer(stream, "dead", lease_ms=50)
    dead._refresh()
    (entry,) = dead._next()
    intake.record_all([event_wire.unpack(entry.body)])
    heir = consumer(stream, "heir")
    drain(stream, heir)

    assert stored() == ["a", "b"]
    assert (heir.counted.accepted, heir.counted.repeated) == (0, 2)


def test_two_consumers_share_the_work_and_keep_each_visitors_order(stream: Stream) -> None:
    one, two = consumer(stream, "one"), consumer(stream, "two")
    for each in (one, two, one):
        each._refreshed_ms = 0
        each._refresh()
    for n in range(200):
        put(stream, f"{n % 9}-{n:03}", who=f"S{n % 9}")
    drain(stream, one, two)

    assert min(one.counted.batches, two.counted.batches) > 0
    assert one.counted.batches + two.counted.batches == 200
    for who in range(9):
        hers = [name for name in stored() if name.startswith(f"{who}-")]
        assert hers == sorted(hers)
    assert len(stored()) == 200


def test_a_shard_has_one_reader_and_everybody_a_fair_share(stream: Stream) -> None:
    some = [Shards(stream, name) for name in "abc"]
    for _ in range(4):
        for shards in some:
            shards.refresh(now_ms=NOW)

    held = [shard for shards in some for shard in shards.held]
    assert sorted(held) == list(range(SHARDS))
    assert max(len(shards.held) for shards in some) == 3
    some[0].leave()
    for _ in range(3):
        some[1].refresh(now_ms=NOW)
    assert len(some[1].held) == SHARDS // 2


def test_a_lease_that_ended_is_somebody_elses(stream: Stream) -> None:
    one, two = Shards(stream, "one", lease_ms=1_000), Shards(stream, "two")
    one.refresh(now_ms=NOW)
    stream.redis.delete(*(f"{{mall.events}}:lease:{shard}" for shard in range(SHARDS)))  # it slept too long
    two.refresh(now_ms=NOW + 2_000)

    one.refresh(now_ms=NOW + 2_000)
    assert not set(one.held) & set(two.held)


# ---- what cannot be stored --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'[7,"S1",1,null,false,null,[]]', b'[1,"S1",1,null,false,null,[[1,2]]]'],
    ids=["nothing", "broken", "empty", "format", "event"],
)
def test_what_is_no_batch_is_put_aside_with_a_sentence(stream: Stream, body: bytes) -> None:
    stream.open()
    put(stream, "a")
    stream.redis.xadd(key(shard_of("S1")), {"b": body})
    put(stream, "b")
    one = consumer(stream)
    drain(stream, one)

    assert stored() == ["a", "b"]
    assert one.counted.parked == 1
    (sentence,) = stream.parked()
    assert sentence.startswith(("This is no batch", "This batch has format"))


def test_one_that_the_ledger_refuses_is_put_aside_and_its_neighbours_are_stored(stream: Stream) -> None:
    put(stream, "a")
    put(stream, "b", now_ms=-5 * DAY)  # a moment before 1970
    put(stream, "c")
    one = consumer(stream)
    drain(stream, one)

    assert stored() == ["a", "c"]
    assert "is no moment" in stream.parked()[0]


@pytest.mark.parametrize(
    "error", [OperationalError("The server has gone away."), Overtaken()], ids=["away", "busy"]
)
def test_when_the_ledger_is_away_nothing_is_lost_or_put_aside(
    stream: Stream, monkeypatch: Any, error: Exception
) -> None:
    put(stream, "a")
    put(stream, "b")
    store, fails = intake.record_all, [True] * 3

    def refuse(sendings: Sequence[Sending]) -> Any:
        if fails:
            fails.pop()
            raise error
        return store(sendings)

    monkeypatch.setattr(intake, "record_all", refuse)
    monkeypatch.setattr("service_provider.streaming.consumer.connection.close", lambda: None)
    drain(stream, consumer(stream))

    assert stored() == ["a", "b"]
    assert stream.parked() == []


def test_the_log_gives_the_same_states(stream: Stream) -> None:
    for n in range(60):
        put(stream, f"e{n}", f"f{n}", who=f"S{n % 7}", now_ms=NOW + n * SECOND)
    drain(stream, consumer(stream))
    out = StringIO()
    call_command("rebuild_visits", "--check", "--json", stdout=out)
    told = json.loads(out.getvalue().splitlines()[-1])

    assert told["same"] == told["visits"] == 7


def test_who_ends_politely_leaves_its_shards_to_the_others(stream: Stream) -> None:
    put(stream, "a")
    one = consumer(stream, "one")
    counted = one.run(is_stopped=lambda: stream.waiting() == 0)
    put(stream, "b")
    two = consumer(stream, "two")
    two.step()
    two.step()

    assert counted.accepted == 1
    assert stored() == ["a", "b"], "without waiting for a lease to end"


def test_a_redis_that_forgot_everything_is_begun_with_anew(stream: Stream) -> None:
    one = consumer(stream)
    one.step()
    stream.redis.flushall()
    put(stream, "a")
    drain(stream, one)

    assert stored() == ["a"]
