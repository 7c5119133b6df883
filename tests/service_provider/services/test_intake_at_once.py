"""Many send at once, every fifth event twice: each is stored once, and the log gives the same states."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import make
import pytest
from django.db import connection
from shop_events import NOW, SECOND, sent

from service_provider.models import Event, Shopper, Visit
from service_provider.services import intake, visit_states, visitors
from service_provider.services.intake import Batch, Sent

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS, EVENTS, AT_ONCE = 8, 120, 10


def batches(sender: int) -> Iterator[tuple[Sent, ...]]:
    """The events of one browser; a fifth of them comes again, in a batch of its own or later."""
    dice = random.Random(sender)
    names = [f"{sender}-{n}" for n in range(EVENTS)]
    names += dice.sample(names, EVENTS // 5)
    for start in range(0, len(names), AT_ONCE):
        yield tuple(sent(name) for name in names[start : start + AT_ONCE])


def send(sender: int, *, shopper: str) -> int:
    try:
        return sum(
            intake.record(Batch(batch, NOW), shopper_key=shopper, now_ms=NOW + sender * SECOND).accepted
            for batch in batches(sender)
        )
    finally:
        connection.close()


def is_rebuilt_the_same() -> bool:
    steps = visit_states.rebuild(until_ms=NOW + 10**9, is_check=True)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bool(end.value.same == end.value.visits == Visit.objects.count())


@pytest.mark.parametrize("shoppers", [SENDERS, 1], ids=["each_her_own", "all_the_same_shopper"])
def test_each_event_is_stored_once(shoppers: int) -> None:
    with ThreadPoolExecutor(SENDERS) as pool:
        accepted = list(pool.map(lambda n: send(n, shopper=f"S{n % shoppers}"), range(SENDERS)))

    assert accepted == [EVENTS] * SENDERS
    assert Event.objects.count() == SENDERS * EVENTS
    assert Shopper.objects.count() == Visit.objects.count() == shoppers
    assert is_rebuilt_the_same()


def test_the_same_batches_from_all_sides_are_stored_once() -> None:
    """A browser that gave up waiting sends again while its first try is still under way."""
    with ThreadPoolExecutor(SENDERS) as pool:
        accepted = list(pool.map(lambda _: send(1, shopper="S1"), range(SENDERS)))

    assert sum(accepted) == Event.objects.count() == Visit.objects.get().event_count == EVENTS
    assert is_rebuilt_the_same()


def test_the_same_ids_of_different_shoppers_are_stored_once() -> None:
    with ThreadPoolExecutor(SENDERS) as pool:
        accepted = list(pool.map(lambda n: send(1, shopper=f"S{n}"), range(SENDERS)))

    assert sum(accepted) == Event.objects.count() == EVENTS
    assert is_rebuilt_the_same()


def test_who_logs_in_while_her_batches_come_in_loses_none_and_doubles_none() -> None:
    """Two windows send under the visitor's key, a third under that of the account, and two log in at once."""
    anna = Shopper.objects.create(key="anna", created_at=make.NOON)
    half_way = Barrier(5)

    def window(number: int, key: str) -> int:
        accepted = 0
        try:
            for place, batch in enumerate(batches(number)):
                if place == 5:
                    half_way.wait(60)
                accepted += intake.record(Batch(batch, NOW), shopper_key=key, now_ms=NOW).accepted
        finally:
            connection.close()
        return accepted

    def log_in() -> bool:
        try:
            half_way.wait(60)
            return visitors.merge("cookie", anna.pk, now=make.NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        windows = [pool.submit(window, n, key) for n, key in enumerate(("cookie", "cookie", "anna"))]
        merged = [pool.submit(log_in) for _ in range(2)]
        accepted = [one.result() for one in windows]

    assert sorted(one.result() for one in merged) == [False, True]
    assert accepted == [EVENTS] * 3
    assert Event.objects.filter(visit__shopper=anna).count() == Event.objects.count() == 3 * EVENTS
    assert sum(Visit.objects.values_list("event_count", flat=True)) == 3 * EVENTS
    assert is_rebuilt_the_same()
