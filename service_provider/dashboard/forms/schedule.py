"""When a kind of work begins by itself."""

from datetime import time
from typing import Any

from django import forms

from service_provider.queries.schedules import ScheduleRow


class ScheduleForm(forms.Form):
    is_on = forms.BooleanField(required=False, label="Begins by itself, once a day")
    at = forms.TimeField(
        label="Time of day",
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Hours and minutes in the mall's time zone. A time of today that is still to come begins today.",
    )
    may_promote = forms.BooleanField(
        required=False, label="A new model may be put to use by itself, when every check holds"
    )

    def __init__(self, data: Any = None, *, row: ScheduleRow) -> None:
        at = time(row.minute // 60, row.minute % 60)
        super().__init__(data, initial={"is_on": row.is_on, "at": at, "may_promote": row.may_promote})
        if not row.is_training:
            del self.fields["may_promote"]

    def wish(self) -> dict[str, Any]:
        """What a valid form asks for."""
        at: time = self.cleaned_data["at"]
        return {
            "is_on": self.cleaned_data["is_on"],
            "minute": 60 * at.hour + at.minute,
            "may_promote": self.cleaned_data.get("may_promote", False),
        }
