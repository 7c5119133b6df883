"""The mall's name, currency, zone and thresholds."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.settings_form import SettingsForm, initial_of
from service_provider.queries import mall as mall_settings
from service_provider.services import mall


@require_http_methods(["GET", "HEAD", "POST"])
@needs("change_settings")
def settings(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, SettingsForm(initial=initial_of(mall_settings.get_settings())))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        changed = mall.update(form.settings(), by=actor(request), now=timezone.now())
    except mall.CurrencyFixed as reason:
        form.add_error("currency", str(reason))
        return _page(request, form, status=400)
    messages.success(request, "The settings are in force." if changed else "Nothing was changed.")
    return redirect("provider:settings")


def _page(request: HttpRequest, form: SettingsForm, *, status: int = 200) -> HttpResponse:
    return render(request, "service_provider/settings.html", {"form": form}, status=status)
