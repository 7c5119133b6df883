"""Who is at the window: a shopper by her account, anybody else by a random key in a signed cookie."""

import secrets

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from remote_user.access import actor
from service_provider.queries import baskets, offered, visitors
from service_provider.queries.access import NOBODY
from service_provider.queries.offered import Offered
from service_provider.queries.orders import milliseconds
from service_provider.queries.people import at_page
from service_provider.queries.people.at_page import AtPage

COOKIE = "visitor"
SALT = "remote_user.visitor"
AGE_S = 180 * 24 * 3600
_ACCOUNT = "_visitor_account"
_TOLD = "_visitor_told"  # the key in the cookie, None where that is not ours
_FRESH = "_visitor_key"  # the key that this request made, for the middleware


class NoVisitor(Exception):
    """Staff look, they do not shop."""

    def __init__(self) -> None:
        super().__init__("The mall's staff have no basket. Log in as a shopper to shop.")


def key_of(request: HttpRequest) -> str | None:
    """The key of the logged-in shopper, else that of the cookie; None for staff and for who is quite new."""
    who = actor(request)
    if who.shopper_id is not None:
        return visitors.get_key(who.shopper_id)
    return cookie_key(request) if who.role == NOBODY else None


def ensure(request: HttpRequest) -> str:
    """As `key_of`, and whoever has no key is given one: the response carries it. NoVisitor for staff."""
    key = key_of(request)
    if key is not None:
        return key
    if actor(request).role != NOBODY:
        raise NoVisitor
    return renew(request)


def shopper_id(request: HttpRequest) -> int | None:
    """Whose basket and orders this browser may see; None where nothing was kept of her yet."""
    who = actor(request)
    if who.role != NOBODY:
        return who.shopper_id
    key = cookie_key(request)
    return None if key is None else visitors.find_own(key)


def basket_pieces(request: HttpRequest) -> int:
    """How many pieces her basket holds; one query, and none for who is quite new."""
    who = actor(request)
    if who.shopper_id is not None:
        return account_of(request).basket_pieces
    key = cookie_key(request) if who.role == NOBODY else None
    return 0 if key is None else baskets.count_of_key(key)


def standing_offer(request: HttpRequest) -> Offered | None:
    """The coupon of which pages of the shop remind her; a visitor costs one query where there is none."""
    who, now_ms = actor(request), milliseconds(timezone.now())
    if who.shopper_id is not None:
        has_one = account_of(request).coupon_until_ms > now_ms
        return offered.find_standing(who.shopper_id, now_ms=now_ms) if has_one else None
    key = cookie_key(request) if who.role == NOBODY else None
    return None if key is None else offered.find_standing(key, now_ms=now_ms)


def account_of(request: HttpRequest) -> AtPage:
    """What pages must know of the shopper who is logged in, asked once in a request."""
    known: AtPage | None = getattr(request, _ACCOUNT, None)
    if known is None:
        user_id = actor(request).user_id
        known = AtPage() if user_id is None else at_page.get(user_id)
        setattr(request, _ACCOUNT, known)
    return known


def ensure_own(request: HttpRequest) -> str:
    """As `ensure`, but never a key whose visitor logged in since: another window may still hold it."""
    key = ensure(request)
    is_stranger = actor(request).role == NOBODY
    return renew(request) if is_stranger and visitors.is_merged(key) else key


def renew(request: HttpRequest) -> str:
    """A key that nobody had before, in place of the cookie's."""
    key = secrets.token_hex(16)
    setattr(request, _FRESH, key)
    return key


def forget(request: HttpRequest) -> None:
    """Takes the cookie away with the response: who logs out later is somebody new."""
    setattr(request, _FRESH, "")


def cookie_key(request: HttpRequest) -> str | None:
    """The key in the cookie, or the one that this request was given; None for a cookie that is not ours."""
    fresh = getattr(request, _FRESH, None)
    if fresh is not None:
        return fresh or None
    if not hasattr(request, _TOLD):
        setattr(request, _TOLD, _unseal(request))
    told: str | None = getattr(request, _TOLD)
    return told


def _unseal(request: HttpRequest) -> str | None:
    try:
        return request.get_signed_cookie(COOKIE, salt=SALT, max_age=AGE_S)
    except (KeyError, BadSignature):
        return None


def seal(request: HttpRequest, response: HttpResponse) -> None:
    """Writes what the request decided into the response; a cookie that was tampered with is replaced."""
    if COOKIE in request.COOKIES and cookie_key(request) is None and not hasattr(request, _FRESH):
        renew(request)
    fresh = getattr(request, _FRESH, None)
    if fresh:
        response.set_signed_cookie(
            COOKIE, fresh, salt=SALT, max_age=AGE_S, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    elif fresh == "" and COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Lax")
