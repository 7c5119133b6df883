"""The shop's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from remote_user.entrance import LoginForm


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "remote_user/home.html", {"form": LoginForm(request=request)})
