"""The web door before a real Redis stream: what is full or away is refused, and nothing of it is stored."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from redis_server import Server, needs_redis
from shop_events import MINUTE, NOW, sent

from service_provider.adapters.event_sink.stream import SHARDS, Stream
from service_provider.models import Event
from service_provider.queries import health
from service_provider.services import event_wire, intake_door
from service_provider.services.intake import Batch, Sending, TooMany
from service_provider.services.intake_door import NotNow, Queue

pytestmark = [needs_redis, pytest.mark.django_db]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def visitor(settings: Any, redis: Server, stream: Stream) -> Client:
    settings.EVENT_SINK = redis.url
    client = Client(headers={"User-Agent": FIREFOX, "Origin": "http://testserver"})
    client.cookies["consent"] = "yes"
    return client


def send(client: Client, *events: dict[str, Any]) -> Any:
    return client.post("/capture/", json.dumps({"events": events}), content_type="application/json")


def event(name: str, kind: str = "page_view") -> dict[str, Any]:
    return {"event_id": name, "kind": kind}


def sending(*names: str, **given: Any) -> Sending:
    return Sending(Batch(tuple(sent(name) for name in names), NOW), "S1", NOW, **given)


def test_accepted_events_wait_until_they_are_consumed(visitor: Client, stream: Stream) -> None:
    answer = send(visitor, event("a"), event("b"), event("c", "purchase"))

    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "offer": None})
    assert stream.waiting() == 1
    assert not Event.objects.exists()
    call_command("consume_events", "--once")
    assert list(Event.objects.order_by("pk").values_list("event_id", flat=True)) == ["a", "b"]


def test_nothing_that_a_browser_may_tell_is_not_put_in(visitor: Client, stream: Stream) -> None:
    assert send(visitor, event("a", "purchase")).json()["accepted"] == 0
    assert stream.waiting() == 0


def test_with_redis_away_the_browser_keeps_its_events(visitor: Client, settings: Any) -> None:
    settings.EVENT_SINK = "redis://127.0.0.1:1/0"
    answer = send(visitor, event("a"))

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Send them again" in answer.json()["detail"]
    assert health.check(now=None)["events"] == "Redis does not answer"


def test_the_site_is_ready_when_redis_answers(visitor: Client) -> None:
    assert health.check(now=None)["events"] == "ok"


def test_a_full_stream_refuses_and_trims_nothing(stream: Stream, redis: Server) -> None:
    narrow = Queue(Stream(redis.url, most=2 * SHARDS))
    narrow.take(sending("a"))
    narrow.take(sending("b"))
    with pytest.raises(NotNow, match="More events wait than the mall can take"):
        narrow.take(sending("c"))

    assert stream.waiting() == 2


def test_a_redis_without_memory_refuses(stream: Stream) -> None:
    stream.redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(NotNow, match="cannot take events just now"):
            Queue(stream).take(sending("a"))
    finally:
        stream.redis.config_set("maxmemory", "0")


def test_a_flood_is_refused_until_the_next_minute(stream: Stream) -> None:
    queue = Queue(stream)
    queue.take(sending("a", "b", most=3))
    with pytest.raises(TooMany, match="more than 3 events in a minute"):
        queue.take(sending("c", "d", most=3))
    queue.take(sending("c", most=3))
    later = Sending(Batch((sent("d"), sent("e"), sent("f")), NOW), "S1", NOW + MINUTE, most=3)

    assert queue.take(later).accepted == 3
    assert stream.waiting() == 3


def test_a_batch_comes_out_as_it_went_in() -> None:
    whole = Sending(
        Batch((sent("a", "search", words="röd hatt"), sent("b", "add_to_cart", at=None, quantity=2)), None),
        "S1", NOW, clock_ms=NOW - MINUTE, is_robot=True,
    )  # fmt: skip

    assert event_wire.unpack(event_wire.pack(whole)) == whole


def test_what_was_put_aside_is_shown(visitor: Client, stream: Stream, capsys: Any) -> None:
    call_command("consume_events", "--parked")
    stream.redis.xadd("{mall.events}:3", {"b": b"?"})
    call_command("consume_events", "--once", "--json")
    call_command("consume_events", "--parked")

    told = capsys.readouterr().out
    assert told.startswith("Nothing was put aside.")
    assert '"parked": 1' in told
    assert "This is no batch of events" in told.splitlines()[-1]


def test_without_a_stream_there_is_nothing_to_consume(settings: Any) -> None:
    with pytest.raises(CommandError, match="EVENT_SINK is database") as told:
        call_command("consume_events")
    assert told.value.returncode == 2


def test_the_database_is_the_end_unless_told_otherwise(settings: Any) -> None:
    assert settings.EVENT_SINK == "database"
    assert intake_door.take(sending("a")).state is not None
    assert Event.objects.count() == 1
