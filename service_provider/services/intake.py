"""Events as they come in: stored once each and folded into the state of their visit, in one transaction a batch.

Of a browser only what it alone can know is believed: what was clicked and how long ago. Moments are set right by
the receipt, categories and prices are the catalogue's, and what was bought says the order service (`record_order`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

from django.db import OperationalError, connection, transaction

from engine import visit
from engine.contracts import KINDS, EventIn, VisitState
from service_provider.adapters.ledger import bulk
from service_provider.models import Event, Product, Shopper
from service_provider.services import open_visits, searches, visitors
from service_provider.services.open_visits import OpenVisit, Overtaken

ATTEMPTS = 8
OLDEST_MS = 24 * 3_600_000  # what waited longer in a browser is dated by its receipt
MINUTE_MS = 60_000
UNLIMITED = 2**31
OF_ORDERS = frozenset({"checkout", "purchase"})
OF_BROWSERS = frozenset(KINDS) - OF_ORDERS
_WITH_QUANTITY = frozenset({"add_to_cart", "remove_from_cart"})
_PLACES = {kind: place for place, kind in enumerate(KINDS)}
_EVENT = (
    "event_id", "visit_id", "occurred_ms", "received_ms", "kind", "product_id", "category", "price_minor", "quantity",
)  # fmt: skip


class Sent(NamedTuple):
    """One event as a browser tells it; `at` is its own clock, in milliseconds."""

    event_id: str
    kind: str
    at: int | None = None
    product_id: str = ""
    category: str = ""
    quantity: int | None = None
    words: str = ""  # of a search


@dataclass(frozen=True, slots=True)
class Batch:
    """What a browser sent at once; `sent_at` is its own clock when it did."""

    events: tuple[Sent, ...]
    sent_at: int | None = None


class Bought(NamedTuple):
    """One line of an order."""

    product_id: str
    category: str
    price_minor: int  # of one piece, as it was paid
    quantity: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch, and the visit that its newest event belongs to (empty where there is none)."""

    accepted: int = 0
    repeated: int = 0
    ignored: int = 0  # kinds that are unknown, or that a browser may not tell
    visit_key: str = ""
    state: VisitState | None = None
    visit_id: int | None = None
    misdated: int = 0  # moments that could not be, replaced by that of the receipt


@dataclass(frozen=True, slots=True)
class _Receipt:
    """Whose events came in and when."""

    shopper_key: str
    now_ms: int
    is_robot: bool = False
    most: int = UNLIMITED  # events a minute
    words: Mapping[str, str] = field(default_factory=dict)  # what was searched for, by event


class TooMany(Exception):
    """One browser sends more than anybody can click."""

    def __init__(self, most: int) -> None:
        super().__init__(f"These are more than {most} events in a minute. Send them again a minute later.")


def record(
    batch: Batch,
    *,
    shopper_key: str,
    now_ms: int,
    clock_ms: int | None = None,
    most: int = UNLIMITED,
    is_robot: bool = False,
) -> Taken:
    """Stores the events that are new, in the order of the batch.

    `clock_ms` stands in for the moment of receipt where a simulated shopper lives in a time of her own.
    TooMany where the browser sent over `most` events in this minute; Overtaken where others kept writing.
    """
    believed = [event for event in batch.events if event.kind in OF_BROWSERS]
    words = {
        one.event_id: searches.plain(one.words) for one in believed if one.kind == "search" and one.words
    }
    receipt = _Receipt(shopper_key, now_ms, is_robot, most, words)
    ignored = len(batch.events) - len(believed)
    events, misdated = _believe(believed, batch.sent_at, clock_ms or now_ms)
    taken = _store(events, receipt) if events else Taken()
    return replace(taken, ignored=ignored, misdated=misdated)


def record_order(key: str, lines: Sequence[Bought], *, shopper_key: str, now_ms: int) -> Taken:
    """Writes the checkout and the purchases of an order into the shopper's visit, once. Joins a transaction."""
    name = blake2b(key.encode(), digest_size=16).hexdigest()
    events = [EventIn(f"order:{name}:checkout", "", "", now_ms, "checkout")]
    events += [
        EventIn(f"order:{name}:{number}", "", "", now_ms, "purchase", *line)
        for number, line in enumerate(lines, start=1)
    ]
    return _store(events, _Receipt(shopper_key, now_ms))


# ---- what is believed -------------------------------------------------------------------------------


def _believe(sent: Sequence[Sent], sent_at: int | None, clock_ms: int) -> tuple[list[EventIn], int]:
    """The events with moments and prices of ours, and how many moments were not believed."""
    products = _products({event.product_id for event in sent if event.product_id})
    categories = _categories(
        {event.category for event in sent if event.category} - {c for c, _ in products.values()}
    )
    categories |= {category for category, _ in products.values()}
    events, misdated = [], 0
    for event in sent:
        age = 0 if event.at is None else (clock_ms if sent_at is None else sent_at) - event.at
        is_sound = 0 <= age <= OLDEST_MS
        misdated += not is_sound
        moment = clock_ms - age if is_sound else clock_ms
        known = products.get(event.product_id)
        told = event.category if event.category in categories else ""
        category, price = known or (told, None)
        quantity = event.quantity if event.kind in _WITH_QUANTITY else None
        product = event.product_id if known else ""
        events.append(EventIn(event.event_id, "", "", moment, event.kind, product, category, price, quantity))
    return events, misdated


def _products(ids: set[str]) -> dict[str, tuple[str, int | None]]:
    """Category and price of those that the catalogue has."""
    fetch = ["product_id", "category", "price_minor"]
    rows = bulk.find(Product, "product_id", ids, fetch=fetch) if ids else []
    return {key: (category, price if price <= visit.MOST_MINOR else None) for key, category, price in rows}


def _categories(names: set[str]) -> set[str]:
    if not names:
        return set()
    return set(Product.objects.filter(category__in=names).values_list("category", flat=True).distinct())


# ---- what is stored ---------------------------------------------------------------------------------


def _store(events: list[EventIn], receipt: _Receipt) -> Taken:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _store_once(events, receipt)
        except Overtaken:
            if attempt == ATTEMPTS:
                raise
        except OperationalError as error:
            if attempt == ATTEMPTS or connection.in_atomic_block or not bulk.is_deadlock(error):
                raise
    raise Overtaken


def _store_once(events: list[EventIn], receipt: _Receipt) -> Taken:
    shopper_id = _take_turn(receipt, len(events))
    new = _unknown(events)
    if not new:
        newest = open_visits.find_newest(shopper_id)
        taken = _taken(newest, open_visits.state_of(newest)) if newest else Taken()
        return replace(taken, repeated=len(events))
    homes = open_visits.assign(new, shopper_id)
    states = [open_visits.state_of(home) for home in homes]  # before the log has the new events
    _insert(new, homes, now_ms=receipt.now_ms)
    states = [visit.fold_all(state, home.events) for state, home in zip(states, homes, strict=True)]
    for home, state in zip(homes, states, strict=True):
        open_visits.write(home, state, is_robot=receipt.is_robot)
    if receipt.words and not receipt.is_robot and not any(home.is_bot for home in homes):
        searches.count((receipt.words.get(event.event_id, "") for event in new), now_ms=receipt.now_ms)
    newest, state = max(zip(homes, states, strict=True), key=lambda pair: pair[0].newness())
    return replace(_taken(newest, state), accepted=len(new), repeated=len(events) - len(new))


def _taken(home: OpenVisit, state: VisitState | None) -> Taken:
    return Taken(visit_key=home.key, state=state, visit_id=home.visit_id)


def _insert(events: list[EventIn], homes: list[OpenVisit], *, now_ms: int) -> None:
    """Writes the events in the order of their receipt, which their numbers then keep."""
    visit_ids = {event.event_id: home.visit_id for home in homes for event in home.events}
    rows = [
        (
            event.event_id, visit_ids[event.event_id], event.occurred_at, now_ms, _PLACES[event.kind],
            event.product_id, event.category, event.price_minor, event.quantity,
        )
        for event in events
    ]  # fmt: skip
    if bulk.insert_new(Event, _EVENT, rows) != len(events):
        raise Overtaken


def _unknown(events: list[EventIn]) -> list[EventIn]:
    """The events that are not stored yet, each once, in their order."""
    once = {event.event_id: event for event in reversed(events)}
    for (event_id,) in bulk.find(Event, "event_id", list(once), fetch=["event_id"]):
        del once[event_id]
    return list(reversed(once.values()))


def _take_turn(receipt: _Receipt, count: int) -> int:
    """The id of the shopper. Her row is ours until the end: of her batches one after the other is stored."""
    found = bulk.find(Shopper, "key", [receipt.shopper_key], fetch=["merged_into_id", "id"])
    shopper_id = int(found[0][0] or found[0][1]) if found else _arrive(receipt)
    minute = receipt.now_ms // MINUTE_MS
    table = Shopper._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET busy_events = CASE WHEN busy_minute = %s THEN busy_events ELSE 0 END + %s, "  # noqa: S608 - our own name
            "busy_minute = %s WHERE id = %s AND merged_into_id IS NULL "
            "AND CASE WHEN busy_minute = %s THEN busy_events ELSE 0 END + %s <= %s",
            [minute, count, minute, shopper_id, minute, count, receipt.most],
        )
        if cursor.rowcount:
            return shopper_id
    if Shopper.objects.filter(pk=shopper_id, merged_into=None).exists():
        raise TooMany(receipt.most)
    raise Overtaken  # she logged in between our look and our write


def _arrive(receipt: _Receipt) -> int:
    return visitors.ensure(receipt.shopper_key, now=datetime.fromtimestamp(receipt.now_ms / 1000, UTC))
