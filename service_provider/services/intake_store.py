"""Batches of events into the ledger: stored once each and folded, several batches in one transaction. Part of `intake`.

Batches of one transaction are taken one after the other, as if each had a transaction of its own; only the questions to
the database are shared. Which statements those are stands in docs/algorithms/intake.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction

from engine import visit
from engine.contracts import KINDS, EventIn, VisitState
from service_provider.adapters.ledger import bulk
from service_provider.adapters.ledger.turn import turn
from service_provider.models import Event
from service_provider.services import open_visits, searches, turns
from service_provider.services.open_visits import OpenVisit, Overtaken
from service_provider.services.turns import Held, TooMany

ATTEMPTS = 8
UNLIMITED = 2**31
ON_TIME, LATE, MISDATED = int(Event.Mark.ON_TIME), int(Event.Mark.LATE), int(Event.Mark.MISDATED)
_PLACES = {kind: place for place, kind in enumerate(KINDS)}
_EVENT = (
    "event_id", "visit_id", "occurred_ms", "received_ms", "kind", "product_id", "category", "price_minor", "quantity",
    "mark",
)  # fmt: skip


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
class Arrival:
    """A batch of which every event has a moment and a price of ours; whose it is and when it came."""

    events: Sequence[EventIn]
    shopper_key: str
    now_ms: int
    is_robot: bool = False
    most: int = UNLIMITED  # events a minute
    words: Mapping[str, str] = field(default_factory=dict)  # what was searched for, by event
    clock_ms: int | None = None  # of a simulated shopper: the clock by which her minutes are counted
    misdated: frozenset[str] = frozenset()  # events whose moment is that of their receipt

    def __len__(self) -> int:
        return len(self.events)


@dataclass(slots=True)
class _Part:
    """An arrival in the middle of its transaction: its new events, in the visits that they belong to."""

    arrival: Arrival
    shopper: Held
    new: list[EventIn]
    homes: list[tuple[OpenVisit, VisitState]] = field(
        default_factory=list
    )  # each with the state after this batch
    rows: list[OpenVisit] = field(default_factory=list)  # whose each of the new events is
    marks: list[int] = field(default_factory=list)  # of each of the new events


def store(arrivals: Sequence[Arrival]) -> list[Taken | TooMany]:
    """What became of each batch, all in one transaction or, after any error, none of them."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with turn(), transaction.atomic():
                return _store_once(arrivals)
        except Overtaken:
            if attempt == ATTEMPTS:
                raise
        except OperationalError as error:
            if attempt == ATTEMPTS or connection.in_atomic_block or not bulk.is_deadlock(error):
                raise
    raise Overtaken


def _store_once(arrivals: Sequence[Arrival]) -> list[Taken | TooMany]:
    shoppers = turns.take(arrivals)
    parts = _part(arrivals, shoppers)
    shelf = open_visits.Shelf.reach_for((part.shopper, part.new) for part in parts if part.new)
    for part in parts:
        _fold(part, shelf)
    shelf.begin()
    _insert(parts)
    shelf.write()
    _count_words(parts)
    taken = iter([_taken(part) for part in parts])
    return [shopper if isinstance(shopper, TooMany) else next(taken) for shopper in shoppers]


def _part(arrivals: Sequence[Arrival], shoppers: Sequence[Held | TooMany]) -> list[_Part]:
    """The batches that may come in, each with the events that are stored nowhere yet, in their order."""
    let_in = [(a, s) for a, s in zip(arrivals, shoppers, strict=True) if isinstance(s, Held)]
    ids = list(dict.fromkeys(event.event_id for arrival, _ in let_in for event in arrival.events))
    seen = {event_id for (event_id,) in bulk.find(Event, "event_id", ids, fetch=["event_id"])}
    parts = []
    for arrival, shopper in let_in:
        new = []
        for event in arrival.events:
            if event.event_id not in seen:
                seen.add(event.event_id)
                new.append(event)
        parts.append(_Part(arrival, shopper, new))
    return parts


def _fold(part: _Part, shelf: open_visits.Shelf) -> None:
    if not part.new:
        return
    homes = shelf.assign(part.new, part.shopper)
    part.rows = [homes[event.event_id] for event in part.new]
    part.marks = _marks(part)
    for home in {id(home): home for home in part.rows}.values():
        events = [event for event, owner in zip(part.new, part.rows, strict=True) if owner is home]
        home.take(events, visit.fold_all(home.state, events), is_robot=part.arrival.is_robot)
        part.homes.append((home, home.state))


def _marks(part: _Part) -> list[int]:
    """As the fold will call them late: before the latest moment that is known when their turn comes."""
    marks, latest = [], {id(home): home.state.last_at for home in part.rows}
    for event, home in zip(part.new, part.rows, strict=True):
        is_late = event.occurred_at < latest[id(home)]
        latest[id(home)] = max(latest[id(home)], event.occurred_at)
        marks.append(MISDATED if event.event_id in part.arrival.misdated else LATE if is_late else ON_TIME)
    return marks


def _insert(parts: Sequence[_Part]) -> None:
    """Writes the events in the order of their receipt, which their numbers then keep."""
    rows = [
        (
            event.event_id, home.visit_id, event.occurred_at, part.arrival.now_ms, _PLACES[event.kind],
            event.product_id, event.category, event.price_minor, event.quantity, mark,
        )
        for part in parts
        for event, home, mark in zip(part.new, part.rows, part.marks, strict=True)
    ]  # fmt: skip
    if rows and bulk.insert_new(Event, _EVENT, rows) != len(rows):
        raise Overtaken


def _count_words(parts: Sequence[_Part]) -> None:
    """What was searched for, by people."""
    words: dict[int, list[str]] = {}
    for part in parts:
        told = part.arrival.words
        if told and not part.arrival.is_robot and not any(home.is_bot for home, _ in part.homes):
            day = words.setdefault(part.arrival.now_ms // searches.DAY_MS, [])
            day += [told[event.event_id] for event in part.new if event.event_id in told]
    for number, some in sorted(words.items()):
        searches.count(some, now_ms=number * searches.DAY_MS)


def _taken(part: _Part) -> Taken:
    repeated = len(part.arrival.events) - len(part.new)
    if not part.homes:
        newest = open_visits.find_newest(part.shopper)
        if newest is None:
            return Taken(repeated=repeated)
        return Taken(0, repeated, 0, newest.key, newest.state, newest.visit_id)
    home, state = max(part.homes, key=lambda pair: (pair[1].last_at, pair[0].visit_id))
    return Taken(len(part.new), repeated, 0, home.key, state, home.visit_id)
