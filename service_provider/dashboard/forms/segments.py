"""Two days between which shoppers went from segment to segment, and the order of a list."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from service_provider.queries.mall import MallSettings
from service_provider.queries.segments import SORTS


class MigrationForm(forms.Form):
    before = forms.DateField(label="From", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    after = forms.DateField(label="To", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args: Any, first: date, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.first, self.today = first, today
        for field in self.fields.values():
            field.widget.attrs |= {"min": first.isoformat(), "max": today.isoformat()}

    def _known(self, name: str) -> date:
        given: date = self.cleaned_data[name]
        if given < self.first:
            raise forms.ValidationError(f"Segments are known from {self.first:%d %b %Y} on.")
        if given > self.today:
            raise forms.ValidationError("This day has not come yet.")
        return given

    def clean_before(self) -> date:
        return self._known("before")

    def clean_after(self) -> date:
        after, before = self._known("after"), self.cleaned_data.get("before")
        if before and after <= before:
            raise forms.ValidationError("Choose a later day than the one before it.")
        return after


def end_of(day: date, mall: MallSettings) -> datetime:
    """The last moment of a day in the mall's zone."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(mall.zone))
    return midnight.astimezone(UTC) - timedelta(milliseconds=1)


class SortForm(forms.Form):
    sort = forms.ChoiceField(label="Order", choices=list(SORTS.items()), required=False)
