"""The shop's thin door to `service_provider/queries/access.py`."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from service_provider.queries import access

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def actor(request: HttpRequest) -> access.Actor:
    return access.actor_of(request.user)


def needs(verb: str) -> Callable[[View[P]], View[P]]:
    """Lets the view run only for an actor who may do `verb`; nobody is sent to the shop's log in."""
    access.PERMISSIONS[verb]

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            who = actor(request)
            permission = access.may(who, verb)
            if permission.allowed:
                return view(request, *args, **kwargs)
            if who.role == access.NOBODY:
                return redirect_to_login(request.get_full_path())
            raise PermissionDenied(permission.reason)

        guarded.needs = verb  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate
