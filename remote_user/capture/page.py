"""What a page tells the browser about being watched, and whether the visitor is still to be asked."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject

from remote_user import visitor
from remote_user.access import actor
from remote_user.capture import gate
from service_provider.queries.access import NOBODY, SHOPPER, Actor

ANSWER = "consent"  # the cookie of who is not logged in
YES, NO = "yes", "no"
AGE_S = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Page:
    here: bool  # whether it is a page of the shop at all
    watched: bool
    who: str  # whose events wait in the browser: an opaque name of the account, empty for a visitor
    asks: bool  # whether the page shows the question
    later: bool = False  # whether offers are decided after her events were answered, by who reads the stream


def capture(request: HttpRequest) -> dict[str, Any]:
    """The context processor; costs nothing where a template does not ask."""
    return {"capture": SimpleLazyObject(lambda: _page(request))}


def _page(request: HttpRequest) -> Page:
    match = request.resolver_match
    if match is None or match.namespace != "shop":
        return Page(here=False, watched=False, who="", asks=False)
    who = actor(request)
    watched = _is_watched(request, who)
    if watched and who.role == NOBODY:
        visitor.ensure(request)  # with the page: two batches at once must not make two visitors
    name = f"{who.shopper_id}" if who.role == SHOPPER else ""
    digest = salted_hmac("remote_user.capture.page", name).hexdigest()[:16] if name else ""
    asks = who.role == NOBODY and answer_of(request) is None
    return Page(here=True, watched=watched, who=digest, asks=asks, later=settings.EVENT_SINK != "database")


def _is_watched(request: HttpRequest, who: Actor) -> bool:
    """As the gate will say it, without a query of its own."""
    if who.role == SHOPPER:
        return not gate.says_no(request) and visitor.account_of(request).is_watched
    return gate.may_watch(request)


def answer_of(request: HttpRequest) -> str | None:
    """The visitor's answer; her browser's own no comes first, and what is neither yes nor no is none."""
    if gate.says_no(request):
        return NO
    answer = request.COOKIES.get(ANSWER)
    return answer if answer in (YES, NO) else None
