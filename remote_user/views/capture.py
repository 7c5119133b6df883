"""What a shopper's browser tells of her clicks; and, for robots, a page that no person finds.

No CSRF token is asked for: the door takes `application/json` only, which no form of another site can send, and refuses
every origin but our own (docs/decisions/0118).
"""

import time
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from remote_user import visitor
from remote_user.capture import batch, gate
from remote_user.capture.batch import MOST_BYTES, BadBatch
from service_provider.queries import offered
from service_provider.queries.offered import Offered
from service_provider.services import demo_clock, offers, risk, robots
from service_provider.services.demo_clock import WrongClock
from service_provider.services.intake import Sending, TooMany
from service_provider.services.intake_door import NotNow
from service_provider.services.offers import Answer
from service_provider.services.open_visits import Overtaken

ROBOT = "robot"  # the cookie of who followed the hidden link
WAIT_S = "60"
_turnstile = gate.Turnstile()
_ask = partial(risk.ask, clock=time.perf_counter)


@csrf_exempt
def capture(request: HttpRequest) -> HttpResponse:
    now_ms = int(timezone.now().timestamp() * 1000)
    refusal = _refusal(request, now_ms=now_ms)
    if refusal is not None:
        return refusal
    try:
        told = batch.read(request.body)
        clock_ms = _simulated_clock(request, now_ms=now_ms)
    except BadBatch as bad:
        return _problem(400, str(bad))
    except WrongClock as wrong:
        return _problem(403, str(wrong))
    if not gate.may_watch(request):
        return _answer(Answer(0))
    try:
        sending = Sending(
            told,
            shopper_key=visitor.ensure(request),
            now_ms=now_ms,
            clock_ms=clock_ms,
            most=settings.CAPTURE_PER_VISITOR,
            is_robot=robots.is_robot(request.headers.get("User-Agent", "")) or ROBOT in request.COOKIES,
        )
        answer = offers.answer(sending, ask=_ask, clock=time.perf_counter)
    except TooMany as flood:
        return _problem(429, str(flood), headers={"Retry-After": WAIT_S})
    except Overtaken as overtaken:
        return _problem(503, str(overtaken), headers={"Retry-After": "1"})
    except NotNow as not_now:
        return _problem(503, str(not_now), headers={"Retry-After": "5"})
    return _answer(answer)


def _refusal(request: HttpRequest, *, now_ms: int) -> HttpResponse | None:
    """What is told to who may not come in, before a byte of the body is read."""
    if request.method != "POST":
        return _problem(405, "Events are sent by POST.", headers={"Allow": "POST"})
    if not gate.is_ours(request):
        return _problem(403, "Only pages of this site may send events.")
    if request.content_type != "application/json":
        return _problem(415, "Events are sent as application/json.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 9 or int(length) > MOST_BYTES:
        return _problem(413, f"A batch has at most {MOST_BYTES} bytes.")
    if not _turnstile.admits(request, now_ms=now_ms, most=settings.CAPTURE_PER_ADDRESS):
        return _problem(
            429, "Too much comes from this address. Try again in a minute.", headers={"Retry-After": WAIT_S}
        )
    return None


def _simulated_clock(request: HttpRequest, *, now_ms: int) -> int | None:
    """The moment that a simulated shopper of a demo lives in; None for everybody else."""
    sealed = request.headers.get(demo_clock.HEADER)
    return demo_clock.read(sealed, request.body, key=settings.DEMO_CLOCK_KEY, now_ms=now_ms)


@require_safe
@never_cache
def capture_offer(request: HttpRequest) -> HttpResponse:
    """A live offer that she has not seen yet: what was decided after her batch was answered."""
    shopper_id = visitor.shopper_id(request)
    now_ms = int(timezone.now().timestamp() * 1000)
    found = None if shopper_id is None else offered.find_unseen(shopper_id, now_ms=now_ms)
    return _json({"offer": _shown(found)})


@require_safe
@never_cache
def offers_for_robots(request: HttpRequest) -> HttpResponse:
    """`robots.txt` forbids this page and no person sees the link to it: who comes is no person."""
    key = visitor.key_of(request)
    if key is not None:
        robots.mark(key)
    response = render(request, "remote_user/offers_for_robots.html")
    response.set_cookie(ROBOT, "yes", httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ("/shop/offers-for-robots/", "/account/", "/capture/")),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


def _answer(answer: Answer) -> HttpResponse:
    return _json({"accepted": answer.accepted, "offer": _shown(answer.offer)})


def _shown(offer: Offered | None) -> dict[str, Any] | None:
    if offer is None:
        return None
    return {
        "coupon_id": offer.coupon_id,
        "code": offer.code,
        "what": offer.what,
        "why": offer.why,
        "until": offer.until.isoformat(),
        "until_text": offer.until_text,
    }


def _json(
    value: dict[str, Any], *, status: int = 200, content_type: str = "application/json"
) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type=content_type)


def _problem(status: int, detail: str, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Problem details (RFC 9457), as the API's."""
    value = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    response = _json(value, status=status, content_type="application/problem+json")
    for name, text in (headers or {}).items():
        response[name] = text
    return response
