"""The door through which a browser's batches go: into the ledger, several that wait together, or into a stream.

Where batches come in faster than they are stored, those that wait in this process share the next transaction: one of
their threads stores for all (docs/decisions/0124). Each batch keeps a fate of its own.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection

from service_provider.adapters.event_sink.stream import DATABASE, Stream, StreamAway, StreamFlood
from service_provider.services import event_wire, intake
from service_provider.services.intake import Sending, Taken, TooMany
from service_provider.services.open_visits import Overtaken
from service_provider.services.turns import MINUTE_MS

MOST_TOGETHER = 32  # batches in one transaction

Outcome = Taken | Exception
Store = Callable[[Sequence[Sending]], Sequence[Outcome]]


class NotNow(Exception):
    """The stream is full or away: nothing was accepted, the browser keeps its events and sends them again."""


class Sink(Protocol):
    """Where accepted batches go. Accepted means: they survive the death of this process."""

    def take(self, sending: Sending) -> Taken:
        """Errors as of `intake.record`, and NotNow."""


def take(sending: Sending) -> Taken:
    """Hands a batch to the sink of this mall (setting EVENT_SINK)."""
    return _sink(settings.EVENT_SINK, settings.EVENT_STREAM_LIMIT).take(sending)


class Ledger:
    """Straight into the database: the answer knows the state of the visit."""

    def take(self, sending: Sending) -> Taken:
        if connection.in_atomic_block:  # part of a larger transaction: nobody else's thread can store for it
            taken: Outcome = intake.record_all([sending])[0]
        else:
            taken = _ferry.cross(sending)
        if isinstance(taken, Exception):
            raise taken
        return taken


class Queue:
    """Into a Redis stream, from which `consume_events` stores: the answer says only what was accepted."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def take(self, sending: Sending) -> Taken:
        events = sum(event.kind in intake.OF_BROWSERS for event in sending.batch.events)
        ignored = len(sending.batch.events) - events
        if not events:
            return Taken(ignored=ignored)
        minute, body = sending.now_ms // MINUTE_MS, event_wire.pack(sending)
        try:
            self._stream.put(sending.shopper_key, body, events=events, minute=minute, most=sending.most)
        except StreamFlood as flood:
            raise TooMany(sending.most) from flood
        except StreamAway as away:
            raise NotNow(str(away)) from away
        return Taken(accepted=events, ignored=ignored)


@cache
def _sink(where: str, most: int) -> Sink:
    return Ledger() if where == DATABASE else Queue(Stream(where, most=most))


# ---- several together -------------------------------------------------------------------------------


def store_each(sendings: Sequence[Sending]) -> Sequence[Outcome]:
    """Together where that goes well; where it does not, one by one, so that only who is at fault is refused."""
    outcomes = attempt(sendings)
    if len(sendings) == 1 or all(isinstance(outcome, Taken | TooMany) for outcome in outcomes):
        return outcomes
    return [outcome for sending in sendings for outcome in attempt([sending])]


def attempt(sendings: Sequence[Sending]) -> Sequence[Outcome]:
    """What became of each; after an error none of them is stored and the error stands for all."""
    try:
        return intake.record_all(sendings)
    except Exception as error:  # noqa: BLE001 - raised again in the threads that wait for it
        return [error for _ in sendings]


@dataclass(slots=True, eq=False)
class _Passenger:
    """A batch that waits, and the thread that brought it."""

    sending: Sending
    outcome: Outcome | None = None
    bell: threading.Lock = field(default_factory=threading.Lock)  # held until it is stored, or has to row


class Ferry:
    """One crossing at a time. Who comes to an empty landing rows, and takes along who waits; then the next one rows."""

    def __init__(self, store: Store, *, most: int = MOST_TOGETHER) -> None:
        self._store, self._most = store, most
        self._lock = threading.Lock()
        self._waiting: deque[_Passenger] = deque()
        self._is_away = False

    def cross(self, sending: Sending) -> Outcome:
        me = _Passenger(sending)
        with self._lock:
            waits = self._is_away
            self._is_away = True
            if waits:
                me.bell.acquire()
                self._waiting.append(me)
        if waits:
            me.bell.acquire()
        if me.outcome is None:
            self._row(me)
        return me.outcome or Overtaken()

    def _row(self, me: _Passenger) -> None:
        """Stores for me and for who waits behind me."""
        with self._lock:
            crew = [me, *(self._waiting.popleft() for _ in range(min(self._most - 1, len(self._waiting))))]
        outcomes: Sequence[Outcome] = [Overtaken() for _ in crew]  # should this thread be ended on its way
        try:
            outcomes = self._store([one.sending for one in crew])
        finally:
            for one, outcome in zip(crew, outcomes, strict=True):
                one.outcome = outcome
            self._land(crew[1:])

    def _land(self, others: Sequence[_Passenger]) -> None:
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._is_away = following is not None
        if following is not None:
            following.bell.release()  # without an outcome: its turn to row
        for one in others:
            one.bell.release()


_ferry = Ferry(store_each)
