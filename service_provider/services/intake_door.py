"""The door through which a browser's batches go: into the ledger, several that wait together, or into a stream.

Where batches come in faster than they are stored, those that wait in this process share the next transaction: one of
their threads stores for all (docs/decisions/0124). Each batch keeps a fate of its own.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection

from service_provider.adapters.event_sink.stream import DATABASE, Stream, StreamAway, StreamFlood
from service_provider.services import event_wire, intake
from service_provider.services.ferry import Ferry
from service_provider.services.intake import Sending, Taken, TooMany
from service_provider.services.turns import MINUTE_MS

Outcome = Taken | Exception


class NotNow(Exception):
    """The stream is full or away: nothing was accepted, the browser keeps its events and sends them again."""


class Sink(Protocol):
    """Where accepted batches go. Accepted means: they survive the death of this process."""

    def take(self, sending: Sending) -> Taken:
        """Errors as of `intake.record`, and NotNow."""


def take(sending: Sending) -> Taken:
    """Hands a batch to the sink of this mall (setting EVENT_SINK)."""
    return _sink(settings.EVENT_SINK, settings.EVENT_STREAM_LIMIT).take(sending)


def store(sending: Sending) -> Taken:
    """Straight into the ledger, whatever the sink is: for who must know at once what follows from the batch."""
    return Ledger().take(sending)


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


_ferry = Ferry[Sending, Taken](store_each)
