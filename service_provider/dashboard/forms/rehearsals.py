"""The form of a rehearsal."""

from typing import Any

from django import forms
from django.utils.html import format_html

from engine.contracts import DEPTHS, RehearsalSettings
from service_provider.dashboard import job_progress
from service_provider.queries import rehearsals
from service_provider.queries.rehearsals import LIMITS, LONGEST_HOURS, RehearsalRow
from service_provider.queries.reports.rehearsals import POLICY_WORDS

DEFAULTS = RehearsalSettings()
CHOICES = [(f"{depth:g}", f"{100 * depth:g} %") for depth in DEPTHS]


def _whole(name: str, told: str, **given: Any) -> forms.IntegerField:
    """A whole number within its limits, refused in words that name them."""
    low, high = LIMITS[name]
    reason = f"Type a whole number from {low:,} to {high:,}{told}."
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), reason)
    return forms.IntegerField(min_value=int(low), max_value=int(high), error_messages=messages, **given)


def _number(name: str, told: str, **given: Any) -> forms.FloatField:
    low, high = LIMITS[name]
    reason = f"Type a number from {low:g} to {high:g}{told}."
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), reason)
    return forms.FloatField(min_value=low, max_value=high, error_messages=messages, **given)


class RehearsalForm(forms.Form):
    depth = forms.ChoiceField(
        label="Depth of the coupon", choices=CHOICES, help_text="The discount on one category."
    )
    budget = _number(
        "budget",
        " percent",
        label="Budget, percent",
        help_text="Of what coupons for all would cost without a limit.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    margin_scale = _number(
        "margin_scale",
        "",
        label="Margins, times",
        help_text="1 takes each category's margin as it is, 0.5 the half of it.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    shoppers = _whole("shoppers", " shoppers", help_text="More shoppers, narrower intervals, more time.")
    days = _whole("days", " days", help_text="Each shopper comes about once in ten days.")
    seeds = _whole("seeds", " seeds", help_text="Each seed is another mall; intervals are over the seeds.")
    first_seed = _whole("first_seed", "", help_text="The same seeds and settings give the same figures.")
    policies = forms.MultipleChoiceField(
        label="Policies to compare with no coupon",
        choices=[
            (name, format_html("<span><strong>{}</strong> {}</span>", words.title, words.line))
            for name, words in POLICY_WORDS.items()
            if name != "none"
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one policy."},
    )

    setting = ("depth", "budget", "margin_scale")
    size = ("shoppers", "days", "seeds", "first_seed")

    @staticmethod
    def typed(row: RehearsalRow | None) -> dict[str, Any]:
        """What stands in the form at first: the settings of a rehearsal, or the defaults."""
        asked = row.settings if row else DEFAULTS
        return {
            "depth": f"{asked.depth:g}",
            "budget": f"{100 * asked.budget_rate:g}",
            "margin_scale": f"{asked.margin_scale:g}",
            "shoppers": asked.shoppers,
            "days": asked.days,
            "seeds": asked.seeds,
            "first_seed": asked.first_seed,
            "policies": [name for name in asked.policies if name != "none"],
        }

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            seconds = rehearsals.estimate_seconds(self.settings())
            if seconds > LONGEST_HOURS * 3600:
                self.add_error(
                    None,
                    f"This would take {job_progress.about(seconds)}, and {LONGEST_HOURS} h is the limit. Choose fewer "
                    "shoppers, days, seeds or policies.",
                )
        return self.cleaned_data

    def settings(self) -> RehearsalSettings:
        """What was asked for; the form must be valid."""
        given = self.cleaned_data
        return RehearsalSettings(
            seeds=given["seeds"],
            shoppers=given["shoppers"],
            days=given["days"],
            first_seed=given["first_seed"],
            depth=float(given["depth"]),
            budget_rate=given["budget"] / 100,
            margin_scale=given["margin_scale"],
            policies=rehearsals.policies_for(tuple(given["policies"])),
        )

    def sketch(self) -> RehearsalSettings:
        """What the time is reckoned from: the settings where they are sound, else what the form began with."""
        if self.is_bound:
            return self.settings() if self.is_valid() else DEFAULTS
        begun = self.initial
        return RehearsalSettings(
            seeds=begun["seeds"],
            shoppers=begun["shoppers"],
            days=begun["days"],
            policies=rehearsals.policies_for(tuple(begun["policies"])),
        )
