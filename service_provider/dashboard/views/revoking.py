"""The end of a key or a till: asked for with a reason, done once, said on the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from service_provider.dashboard.key_forms import RevokeForm


def revoking(
    request: HttpRequest,
    template: str,
    *,
    revoke: Callable[[str], None],
    refusal: type[Exception],
    done: str,
    then: str,
    context: dict[str, Any],
) -> HttpResponse:
    """`revoke` is called with the reason that was typed; what it refuses is said like what it does."""
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke(form.cleaned_data["reason"])
        except refusal as reason:
            messages.warning(request, str(reason))
        else:
            messages.success(request, done)
        return redirect(then)
    return render(request, template, {"form": form} | context)
