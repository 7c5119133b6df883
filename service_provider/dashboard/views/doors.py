"""The provider's own door, apart from the shop's."""

from typing import Any

from allauth.account.views import LoginView
from django.contrib.auth import logout as log_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST

from service_provider.dashboard.access import actor
from service_provider.dashboard.office_forms import DoorForm


class Door(LoginView):  # type: ignore[misc]
    template_name = "service_provider/login.html"
    success_url = reverse_lazy("provider:overview")

    def get_form_class(self) -> type[DoorForm]:
        return DoorForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A shopper who is logged in is told so: sending her on to what she may not see would circle."""
        if request.user.is_authenticated and not actor(request).is_staff:
            return render(request, "service_provider/login_as_shopper.html", status=403)
        return super().dispatch(request, *args, **kwargs)


login = Door.as_view()


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    log_out(request)
    return redirect("provider:login")
