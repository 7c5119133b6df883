"""The dashboard's thin door to `queries/access.py`."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from service_provider.queries import access

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def actor(request: HttpRequest) -> access.Actor:
    return access.actor_of(request.user)


def needs(verb: str) -> Callable[[View[P]], View[P]]:
    """Lets the view run only for an actor who may do `verb`; nobody is sent to the provider's log in."""
    access.PERMISSIONS[verb]  # a verb nobody has thought about fails at import, not in use

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            who = actor(request)
            permission = access.may(who, verb)
            if permission.allowed:
                return view(request, *args, **kwargs)
            if who.role == access.NOBODY:
                return redirect(f"{reverse('provider:login')}?{urlencode({'next': request.get_full_path()})}")
            raise PermissionDenied(permission.reason)

        guarded.needs = verb  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate
