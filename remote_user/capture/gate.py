"""Whose events are let in: our own pages only, not too many from one address, nobody who said no."""

import threading

from django.conf import settings
from django.http import HttpRequest

from remote_user import lockout
from remote_user.access import actor
from service_provider.queries.access import NOBODY, SHOPPER
from service_provider.queries.people import consent

MINUTE_MS = 60_000
MOST_ADDRESSES = 50_000  # kept in memory; beyond it counting starts anew


def is_ours(request: HttpRequest) -> bool:
    """Whether a page of this site sent it. Browsers name the origin of every POST; what names none is no browser."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS


def says_no(request: HttpRequest) -> bool:
    """Global Privacy Control: the browser has answered for her."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def may_watch(request: HttpRequest) -> bool:
    """Whether what she does may be kept: her newest answer, or a visitor's cookie; a browser's own no comes first."""
    if says_no(request):
        return False
    who = actor(request)
    if who.role == NOBODY:
        return request.COOKIES.get("consent") == "yes"
    return who.role == SHOPPER and who.user_id is not None and consent.is_watched(who.user_id)


class Turnstile:
    """How many requests each address sent in this minute, as this process has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute, self._counts = 0, dict[str, int]()

    def admits(self, request: HttpRequest, *, now_ms: int, most: int) -> bool:
        address, minute = lockout.address_of(request) or "", now_ms // MINUTE_MS
        with self._lock:
            if minute != self._minute or len(self._counts) > MOST_ADDRESSES:
                self._minute, self._counts = minute, {}
            count = self._counts[address] = self._counts.get(address, 0) + 1
        return count <= most
