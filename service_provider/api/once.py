"""A write of the API happens once under its Idempotency-Key, and is answered the same way again."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Header
from pydantic import StringConstraints

from service_provider.api.auth import KeyRequest
from service_provider.api.problems import CONTENT_TYPE, Problem
from service_provider.services import idempotency
from service_provider.services.idempotency import Answer

IdempotencyKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"),
    Header(
        alias="Idempotency-Key",
        description="Chosen by you, another one for each write; kept for 24 hours.",
    ),
]


def answered(request: KeyRequest, key: str, *, work: Callable[[], Callable[[], Answer]]) -> HttpResponse:
    """What `work` answers, or answered before. 409 while that is in flight, 422 for a key of another request."""
    sent = b"\n".join((b"POST", request.path.encode(), request.body))
    try:
        return give(idempotency.once(request.auth.id, key, request=sent, now=timezone.now(), work=work))
    except idempotency.InFlight:
        detail = "The first request under this Idempotency-Key is not answered yet."
        raise Problem(409, detail, headers={"Retry-After": "1"}, reason="in_flight") from None
    except idempotency.OtherBody:
        detail = "This Idempotency-Key was used with another body before."
        raise Problem(422, detail, reason="other_body") from None


def give(answer: Answer) -> HttpResponse:
    kind = "application/json" if answer.status < 400 else CONTENT_TYPE
    response = HttpResponse(answer.body, status=answer.status, content_type=kind)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
