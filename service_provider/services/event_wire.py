"""A batch on its way through a stream: bytes, and back. What cannot be read is told in words."""

from typing import Any

import orjson

from service_provider.services.intake import Batch, Sending, Sent

FORMAT = 1


class Unreadable(Exception):
    """These bytes are no batch of ours."""


def pack(sending: Sending) -> bytes:
    """Moments of the door travel along: the consumer's clock says nothing."""
    batch = sending.batch
    head = [FORMAT, sending.shopper_key, sending.now_ms, sending.clock_ms, sending.is_robot, batch.sent_at]
    return orjson.dumps([*head, [list(event) for event in batch.events]])


def unpack(body: bytes) -> Sending:
    try:
        told = orjson.loads(body)
        version, shopper_key, now_ms, clock_ms, is_robot, sent_at, events = told
        if version != FORMAT:
            raise Unreadable(f"This batch has format {version!r}; {FORMAT} was expected.")
        batch = Batch(tuple(_event(event) for event in events), sent_at)
    except (ValueError, TypeError) as error:
        raise Unreadable(f"This is no batch of events: {error}.") from error
    if not (isinstance(shopper_key, str) and isinstance(now_ms, int)):
        raise Unreadable("A batch says whose it is and when it came.")
    return Sending(batch, shopper_key, now_ms, clock_ms, bool(is_robot))


def _event(told: list[Any]) -> Sent:
    event = Sent(*told)
    if not (isinstance(event.event_id, str) and isinstance(event.kind, str)):
        raise TypeError("an event has an id and a kind")
    return event
