"""The form with which feedback is answered."""

from datetime import datetime
from typing import Any

from django import forms

from service_provider.queries import feedback
from service_provider.services.feedback import tidy


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="Your answer",
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": feedback.LONGEST}),
        help_text="It stands on her page of feedback; no mail is sent.",
    )
    seen = forms.CharField(
        required=False, widget=forms.HiddenInput
    )  # when the answer was given that it changes

    def __init__(self, data: Any, *, row: feedback.FeedbackRow) -> None:
        super().__init__(data, initial={"answer": row.answer, "seen": _moment(row)})

    def look_again(self, row: feedback.FeedbackRow) -> None:
        """What was typed stays; sent once more, it changes the answer that `row` has now."""
        self.data = {name: self.data.get(name, "") for name in self.fields} | {"seen": _moment(row)}

    def clean_answer(self) -> str:
        # Counted after tidying: a browser counts the end of a line once and sends it as two signs.
        text = tidy(self.cleaned_data["answer"])
        if len(text) > feedback.LONGEST:
            raise forms.ValidationError(f"Write at most {feedback.LONGEST:,} characters.")
        return text

    def clean_seen(self) -> datetime | None:
        text = self.cleaned_data["seen"]
        try:
            moment = datetime.fromisoformat(text) if text else None
        except ValueError:
            moment = None
        if text and (moment is None or moment.tzinfo is None):
            self.add_error(None, "This form is broken. Load the page again.")  # the field itself is hidden
        return moment


def _moment(row: feedback.FeedbackRow) -> str:
    return row.answered_at.isoformat() if row.answered_at else ""
