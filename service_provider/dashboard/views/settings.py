"""The mall's name, currency, zone, thresholds and holdout."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from service_provider.dashboard.access import actor, needs
from service_provider.queries import campaigns, retention
from service_provider.queries import mall as mall_settings
from service_provider.queries.mall import MallSettings
from service_provider.services import mall


def _currencies() -> list[tuple[str, str]]:
    return [(code, f"{name} ({code})") for code, name in mall_settings.list_currencies()]


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in mall_settings.list_zones()]


class SettingsForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name of the mall")
    currency = forms.ChoiceField(
        choices=_currencies,
        help_text="Once prices are stored, only a currency with as many decimals can be chosen.",
    )
    zone = forms.ChoiceField(
        choices=_zones, label="Time zone", help_text="Every page shows its moments in this zone."
    )
    low_ratio_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        decimal_places=1,
        label="Low ratio threshold, in %",
        help_text="Groups whose share of High predictions lies below it are marked on the ratio page.",
    )
    min_group_size = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        label="Smallest group that is shown as a figure",
        help_text="Groups with fewer entries read “not enough data yet”.",
    )
    model_stale_days = forms.IntegerField(
        min_value=1, max_value=3650, label="Days until a live model is called stale"
    )
    keep_events_days = forms.IntegerField(
        min_value=retention.LEAST_DAYS,
        max_value=36_500,
        label="Days for which single events are kept",
        help_text=(
            "What a shopper clicked is kept for so many days after her visit. Then the nightly removal adds it up by "
            "day, kind and category and removes it for good. Visits, orders and all counts stay."
        ),
    )
    holdout_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        decimal_places=2,
        label="Permanent holdout, in % of shoppers",
        help_text=(
            "So many shoppers never get a coupon of any campaign, so that the effect of all coupons can be seen. "
            "Who is among them hangs on the shopper alone: a larger share keeps those who were and takes others in. "
            "From a change on, comparisons that run mix shoppers who were held out before and after it: read them up "
            "to that day only, or begin anew."
        ),
    )
    # What she was asked about before.
    agreed_days = forms.IntegerField(required=False, widget=forms.HiddenInput)
    agreed_holdout_bp = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def settings(self) -> MallSettings:
        """What a valid form asks for."""
        given = {name: value for name, value in self.cleaned_data.items() if not name.startswith("agreed_")}
        threshold = float(given.pop("low_ratio_percent") / 100)
        del given["holdout_percent"]
        return MallSettings(**given, low_ratio_threshold=threshold, holdout_bp=self.holdout_bp)

    @property
    def holdout_bp(self) -> int:
        return int(self.cleaned_data["holdout_percent"] * 100)


def _initial_of(settings: MallSettings) -> dict[str, Any]:
    percent = round(100 * settings.low_ratio_threshold, 1)
    return {
        "name": settings.name,
        "currency": settings.currency,
        "zone": settings.zone,
        "low_ratio_percent": int(percent) if percent.is_integer() else percent,
        "min_group_size": settings.min_group_size,
        "model_stale_days": settings.model_stale_days,
        "keep_events_days": settings.keep_events_days,
        "holdout_percent": f"{settings.holdout_bp / 100:g}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs("change_settings")
def settings(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, SettingsForm(initial=_initial_of(mall_settings.get_settings())))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    before = mall_settings.get_settings()
    going, held = _going(form, before), _held(form, before)
    if going is not None or held is not None:
        context = {"form": form, "going": going, "held": held}
        return render(request, "service_provider/settings_confirm.html", context)
    try:
        changed = mall.update(form.settings(), by=actor(request), now=timezone.now())
    except mall.CurrencyFixed as reason:
        form.add_error("currency", str(reason))
        return _page(request, form, status=400)
    messages.success(request, "The settings are in force." if changed else "Nothing was changed.")
    return redirect("provider:settings")


def _going(form: SettingsForm, before: MallSettings) -> retention.Waiting | None:
    """What a shorter time would take that the present one keeps, where she was not asked about that yet."""
    days = form.cleaned_data["keep_events_days"]
    if days >= before.keep_events_days or days == form.cleaned_data["agreed_days"]:
        return None
    going = retention.waiting(until_ms=retention.limit_ms(days=days, now=timezone.now()))
    return going if going.visits else None


@dataclass(frozen=True, slots=True)
class Held:
    """How the share of shoppers who never get a coupon would change, and how many campaigns run while it does."""

    before_percent: str
    percent: str
    of_a_thousand: str
    is_more: bool
    running: int


def _held(form: SettingsForm, before: MallSettings) -> Held | None:
    """What another holdout does, where she was not asked about that share yet."""
    wanted, old = form.holdout_bp, before.holdout_bp
    if wanted == old or wanted == form.cleaned_data["agreed_holdout_bp"]:
        return None
    running = campaigns.count_running(now=timezone.now())
    moved = f"{abs(wanted - old) / 10:g}"
    return Held(f"{old / 100:g} %", f"{wanted / 100:g} %", moved, wanted > old, running)


def _page(request: HttpRequest, form: SettingsForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "summed": retention.summed()}
    return render(request, "service_provider/settings.html", context, status=status)
