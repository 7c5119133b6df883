"""What happens at every click: a blocked shopper is logged out, a visitor keeps her key."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from remote_user import access, visitor


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
