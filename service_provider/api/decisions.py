"""POST /api/v1/decisions/: a mall with a shop of its own tells of a visit, and is told an offer or none."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Annotated

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field, StringConstraints

from service_provider.api.auth import Key, KeyRequest
from service_provider.api.once import IdempotencyKey, answered
from service_provider.api.problems import Problem, ProblemDetails
from service_provider.api.schemas import PRINTABLE
from service_provider.queries.offered import Offered
from service_provider.services import offers, risk
from service_provider.services.idempotency import Answer
from service_provider.services.intake import Batch, Sending, Sent, TooMany
from service_provider.services.open_visits import Overtaken

router = Router(tags=["Decisions"])
REFUSALS = frozenset({400, 401, 403, 409, 413, 422, 429, 500, 503})
MOST_EVENTS, MOST_BYTES, LARGEST = 100, 64 * 1024, 2**53
_ask = partial(risk.ask, clock=time.perf_counter)
_ID = r"^[A-Za-z0-9._-]+$"


def _text(most: int) -> StringConstraints:
    return StringConstraints(max_length=most, pattern=PRINTABLE)


Moment = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)]


class ToldEvent(Schema):
    """One click. What else it holds, a price for instance, is not looked at: that is the catalogue's."""

    event_id: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=_ID), Field(examples=["e1"])
    ]
    kind: Annotated[str, _text(64), Field(examples=["product_view"])]
    occurred_at: Moment | None = Field(None, description="Milliseconds since 1970, by your clock.")
    product_id: Annotated[str, _text(64)] = ""
    category: Annotated[str, _text(100)] = ""
    quantity: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None
    words: Annotated[str, _text(80)] = Field("", description="Of a search.")


class AskedDecision(Schema):
    """What one visitor of your shop did since you last told. Kinds that are unknown, and purchases, are left out."""

    model_config = ConfigDict(extra="forbid")

    visitor: Annotated[
        str,
        StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE),
        Field(description="Your name of her, always the same; yours alone.", examples=["v-81c2"]),
    ]
    sent_at: Moment | None = Field(
        None, description="Your clock now, in milliseconds: it sets the others right."
    )
    events: Annotated[
        list[ToldEvent],
        Field(
            max_length=MOST_EVENTS, examples=[[{"event_id": "e1", "kind": "add_to_cart", "product_id": "P1"}]]
        ),
    ]


class Offer(Schema):
    coupon_id: int
    code: str = Field(description="To be shown, and redeemed at a till.")
    what: str
    why: str
    until: datetime = Field(description="Its last second.")
    until_text: str


class Decided(Schema):
    """How many events were new, and the offer that follows; null where there is none."""

    accepted: int
    offer: Offer | None


@router.post(
    "/decisions/",
    auth=Key("decide"),
    response={200: Decided, REFUSALS: ProblemDetails},
    summary="Tell of a visit, be told an offer",
    operation_id="decide",
)
def decide(request: KeyRequest, asked: AskedDecision, idempotency_key: IdempotencyKey) -> HttpResponse:
    """At a decision point the running campaigns decide within 50 ms, also where the events of the mall's own shop go
    through a stream. An event told again is counted once, and a batch told again is given its offer again."""
    sending = _sending(asked, key_id=request.auth.id, now_ms=int(timezone.now().timestamp() * 1000))

    def work() -> Callable[[], Answer]:
        """The events have a transaction of their own: told again after a failure, they are counted once."""
        answer = offers.answer(sending, ask=_ask, clock=time.perf_counter, at_once=True)
        told = Decided(accepted=answer.accepted, offer=_offer_of(answer.offer)).model_dump_json()
        return lambda: Answer(200, told)

    try:
        return answered(request, idempotency_key, work=work)
    except TooMany as flood:
        raise Problem(429, str(flood), headers={"Retry-After": "60"}) from None
    except Overtaken as overtaken:
        raise Problem(503, str(overtaken), headers={"Retry-After": "1"}) from None


def _sending(asked: AskedDecision, *, key_id: int, now_ms: int) -> Sending:
    """Visitors and events of a key have names that no other key, no browser and no account can have."""
    whose = f"api-{key_id}-{_short(asked.visitor)}"
    events = tuple(
        Sent(
            f"api-{key_id}-{_short(f'{asked.visitor} {event.event_id}')}",
            event.kind,
            event.occurred_at,
            event.product_id,
            event.category,
            event.quantity,
            event.words,
        )
        for event in asked.events
    )
    return Sending(Batch(events, asked.sent_at), whose, now_ms, most=settings.CAPTURE_PER_VISITOR)


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _offer_of(offer: Offered | None) -> Offer | None:
    if offer is None:
        return None
    return Offer(
        coupon_id=offer.coupon_id,
        code=offer.code,
        what=offer.what,
        why=offer.why,
        until=offer.until,
        until_text=offer.until_text,
    )
