"""What happens at every click: a blocked shopper is logged out, a visitor keeps her key, her events go a short way."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from remote_user import access, visitor
from remote_user.views import capture

CAPTURE = "/capture/"


class BlockedShopperMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if access.actor(request).is_blocked:
            logout(request)
            messages.error(request, "This account is blocked. Please ask the mall's office.")
            return redirect("account_login")
        return self.get_response(request)


class VisitorMiddleware:
    """Nothing is written for who only looks: the cookie comes with the first thing that must be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        visitor.seal(request, response)
        return response


class ShortWayMiddleware:
    """Events of who has no session: of what stands between the server and their door, nothing else concerns them.

    No page, no form, no user: what is left are the host's name and her cookies. Who has a session goes the long way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != CAPTURE or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self.get_response(request)
        request.get_host()  # refuses names that are not ours, as CommonMiddleware does
        request.user = AnonymousUser()
        response = capture.capture(request)
        visitor.seal(request, response)
        response["Content-Length"] = str(len(response.content))
        return response
