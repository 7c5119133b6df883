"""A batch of events as a browser sends it, checked by plain code: a hundred of them cost less than a query."""

from typing import Any

import orjson

from service_provider.services.intake import Batch, Sent

MOST_EVENTS, MOST_BYTES = 100, 64 * 1024
LONGEST_ID, LONGEST_TEXT, LONGEST_WORDS, MOST_PIECES, LARGEST = 64, 100, 80, 99, 2**53
_ID_MARKS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class BadBatch(Exception):
    """The body is no batch; the text says where, and what was expected."""


def read(body: bytes) -> Batch:
    """{"sent_at": ms, "events": [{"event_id", "kind", "occurred_at", "product_id", "category", "quantity", "words"}]}.

    Of an event only id and kind must be there. What else it holds, a price for instance, is not looked at.
    """
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadBatch(f"The body is no JSON: {fault}.") from fault
    events = told.get("events") if isinstance(told, dict) else None
    if not isinstance(events, list):
        raise BadBatch('An object with a list "events" was expected.')
    if len(events) > MOST_EVENTS:
        raise BadBatch(f"A batch has at most {MOST_EVENTS} events; these are {len(events)}.")
    sent_at = _number(told.get("sent_at"), "sent_at", least=-LARGEST, most=LARGEST)
    return Batch(tuple(_event(event, number) for number, event in enumerate(events, start=1)), sent_at)


def _event(told: Any, number: int) -> Sent:
    if not isinstance(told, dict):
        raise BadBatch(f"Event {number} is no object.")
    event_id = told.get("event_id")
    if (
        not isinstance(event_id, str)
        or not 0 < len(event_id) <= LONGEST_ID
        or not _ID_MARKS.issuperset(event_id)
    ):
        raise BadBatch(
            f"Event {number}: event_id must have 1 to {LONGEST_ID} letters, digits, dots, dashes or underscores."
        )
    kind = told.get("kind")
    if not isinstance(kind, str):
        raise BadBatch(f"Event {number}: kind must be a word.")
    return Sent(
        event_id,
        kind,
        _number(told.get("occurred_at"), f"Event {number}: occurred_at", least=-LARGEST, most=LARGEST),
        _text(told.get("product_id"), f"Event {number}: product_id", LONGEST_ID),
        _text(told.get("category"), f"Event {number}: category", LONGEST_TEXT),
        _number(told.get("quantity"), f"Event {number}: quantity", least=1, most=MOST_PIECES),
        _text(told.get("words"), f"Event {number}: words", LONGEST_WORDS),
    )


def _text(value: Any, name: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise BadBatch(f"{name} must be a text of at most {longest} characters.")
    return value


def _number(value: Any, name: str, *, least: int, most: int) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        raise BadBatch(f"{name} must be a whole number from {least} to {most}.")
    return value
