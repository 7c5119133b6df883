"""The till's thin door to `queries/access.py`: a phone is known by the cookie that its link gave it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from service_provider.queries import access, tills
from service_provider.queries.tills import TillRow
from service_provider.services import tills as till_services
from service_provider.services.counter import Counter

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
COOKIE, PATH, AGE_S = "till", "/till/", 180 * 24 * 3600
_TILL = "_till"


def needs(verb: str) -> Callable[[View[P]], View[P]]:
    """Lets the view run for a paired phone only; any other browser is told where tills come from."""
    access.PERMISSIONS[verb]

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            till = tills.find_by_cookie(request.COOKIES.get(COOKIE, ""))
            who = access.ANONYMOUS if till is None else till_services.actor_of(till)
            if till is None or not access.may(who, verb).allowed:
                return render(request, "service_provider/till_unpaired.html", status=403)
            till_services.see(till.id, now=timezone.now())
            setattr(request, _TILL, till)
            return view(request, *args, **kwargs)

        guarded.needs = verb  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate


def till_of(request: HttpRequest) -> TillRow:
    """The till behind a request that passed the door."""
    till: TillRow = getattr(request, _TILL)
    return till


def counter_of(request: HttpRequest) -> Counter:
    till = till_of(request)
    return Counter(till_services.actor_of(till).label, f"till:{till.id}", till.mall, till_id=till.id)


def open_for(response: HttpResponse, secret: str) -> None:
    """The phone keeps the secret where no script reads it."""
    response.set_cookie(
        COOKIE, secret, max_age=AGE_S, path=PATH, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
