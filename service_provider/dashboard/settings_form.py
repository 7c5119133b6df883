"""The form of the mall's settings."""

from typing import Any

from django import forms

from service_provider.queries import mall
from service_provider.queries.mall import MallSettings


def _currencies() -> list[tuple[str, str]]:
    return [(code, f"{name} ({code})") for code, name in mall.list_currencies()]


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in mall.list_zones()]


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

    def settings(self) -> MallSettings:
        """What a valid form asks for."""
        given = dict(self.cleaned_data)
        threshold = float(given.pop("low_ratio_percent") / 100)
        return MallSettings(**given, low_ratio_threshold=threshold)


def initial_of(settings: MallSettings) -> dict[str, Any]:
    percent = round(100 * settings.low_ratio_threshold, 1)
    return {
        "name": settings.name,
        "currency": settings.currency,
        "zone": settings.zone,
        "low_ratio_percent": int(percent) if percent.is_integer() else percent,
        "min_group_size": settings.min_group_size,
        "model_stale_days": settings.model_stale_days,
    }
