"""A simulated shopper's own clock: believed with the demo's signature, refused with any other, unknown elsewhere."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from service_provider.models import Event, Visit
from service_provider.services import demo_clock
from service_provider.services.demo_clock import MOST_BEHIND_MS, VALID_MS

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
KEY, HOUR, SLACK = "k" * 32, 3_600_000, 5_000


@pytest.fixture(autouse=True)
def _demo(settings: LazySettings) -> None:
    settings.DEMO_CLOCK_KEY = KEY


@pytest.fixture
def visitor() -> Client:
    client = Client(headers={"User-Agent": FIREFOX, "Origin": "http://testserver"})
    client.cookies["consent"] = "yes"
    return client


def now() -> int:
    return int(timezone.now().timestamp() * 1000)


def body_of(clock: int, *names: str) -> bytes:
    """One event, or those of these names, an hour ago by the clock that sends them."""
    events = [
        {"event_id": name, "kind": "page_view", "occurred_at": clock - HOUR} for name in names or ("e-1",)
    ]
    return json.dumps({"sent_at": clock, "events": events}).encode()


def post(client: Client, body: bytes, header: str | None) -> Any:
    headers = {} if header is None else {demo_clock.HEADER: header}
    return client.post("/capture/", body, content_type="application/json", headers=headers)


def signed(client: Client, clock: int, *, key: str = KEY, signed_ago: int = 0) -> Any:
    body = body_of(clock)
    return post(client, body, demo_clock.sign(clock, body, key=key, now_ms=now() - signed_ago))


def refused(answer: Any, words: str) -> None:
    assert answer.status_code == 403
    assert words in answer.json()["detail"]
    assert not Event.objects.exists()


def moment() -> int:
    return Event.objects.values_list("occurred_ms", flat=True).get()


def test_events_are_dated_by_a_signed_clock_and_received_now(visitor: Client) -> None:
    clock = now() - 5 * HOUR
    assert signed(visitor, clock).json()["accepted"] == 1

    event = Event.objects.get()
    assert event.occurred_ms == clock - HOUR
    assert abs(event.received_ms - now()) < SLACK


def test_without_a_header_the_receipt_dates(visitor: Client) -> None:
    assert post(visitor, body_of(now() - 5 * HOUR), None).json()["accepted"] == 1
    assert abs(moment() - (now() - HOUR)) < SLACK


def test_outside_a_demo_nobody_looks_at_the_header(visitor: Client, settings: LazySettings) -> None:
    settings.DEMO_CLOCK_KEY = ""

    assert signed(visitor, now() - 5 * HOUR, key="").json()["accepted"] == 1
    assert abs(moment() - (now() - HOUR)) < SLACK


def test_a_foreign_signature_is_refused(visitor: Client) -> None:
    refused(signed(visitor, now(), key="another key"), "not signed by this mall")


def test_an_empty_key_signs_nothing(visitor: Client) -> None:
    refused(signed(visitor, now(), key=""), "not signed by this mall")


@pytest.mark.parametrize(
    "header",
    ["", "1", "1.2", "1.2.", "-1.2." + "0" * 64, "1.2." + "g" * 64, "1.2." + "0" * 63, "9" * 16 + ".2." + "0" * 64],
)  # fmt: skip
def test_what_is_no_signed_clock_is_refused(visitor: Client, header: str) -> None:
    refused(post(visitor, body_of(now()), header), "must be a moment, the moment of its signature")


def test_a_signature_is_for_one_batch(visitor: Client) -> None:
    clock = now()
    header = demo_clock.sign(clock, body_of(clock), key=KEY, now_ms=clock)
    refused(post(visitor, body_of(clock, "another"), header), "for this batch")


def test_a_clock_cannot_be_changed_under_its_signature(visitor: Client) -> None:
    clock = now()
    body = body_of(clock)
    _, rest = demo_clock.sign(clock, body, key=KEY, now_ms=clock).split(".", 1)
    refused(post(visitor, body, f"{clock - HOUR}.{rest}"), "not signed by this mall")


@pytest.mark.parametrize("ago", [VALID_MS + SLACK, -VALID_MS - SLACK])
def test_an_old_or_early_signature_is_refused(visitor: Client, ago: int) -> None:
    refused(signed(visitor, now() - VALID_MS, signed_ago=ago), "good for 60 seconds")


@pytest.mark.parametrize("ahead", [SLACK, -MOST_BEHIND_MS - SLACK])
def test_a_clock_ahead_or_far_behind_is_refused(visitor: Client, ahead: int) -> None:
    refused(signed(visitor, now() + ahead), "never ahead")


def test_gaps_between_visits_are_those_of_the_clock(visitor: Client) -> None:
    for number, hours in enumerate((5, 4), start=1):
        clock = now() - hours * HOUR
        body = body_of(clock, f"e-{number}")
        post(visitor, body, demo_clock.sign(clock, body, key=KEY, now_ms=now()))

    assert Visit.objects.count() == 2  # sent in the same second


def test_the_rules_for_robots_use_the_clock(visitor: Client) -> None:
    """Fifty clicks in a moment of ours are minutes of hers."""
    for number in range(50):
        clock = now() - HOUR + number * 10_000
        body = body_of(clock, f"e-{number}")
        post(visitor, body, demo_clock.sign(clock, body, key=KEY, now_ms=now()))

    visit = Visit.objects.get()
    assert (visit.event_count, visit.is_bot) == (50, False)


def test_a_visitor_is_limited_by_the_minutes_of_her_clock(visitor: Client, settings: LazySettings) -> None:
    settings.CAPTURE_PER_VISITOR = 3
    start = now() // 60_000 * 60_000 - 2 * HOUR
    answers = []
    for number in range(6):
        clock = start + number * 20_000  # three a minute
        body = body_of(clock, f"e-{number}")
        answers.append(post(visitor, body, demo_clock.sign(clock, body, key=KEY, now_ms=now())).status_code)
    body = body_of(clock, "one-more")
    flood = post(visitor, body, demo_clock.sign(clock, body, key=KEY, now_ms=now()))

    assert answers == [200] * 6
    assert flood.status_code == 429
