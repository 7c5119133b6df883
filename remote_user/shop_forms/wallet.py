"""A word of feedback on one coupon."""

from typing import Any

from django import forms

from service_provider.queries.wallet import RATINGS, Kept

LONGEST = 500


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label="How did it suit you?",
        choices=[("", "Choose"), *((value, text) for value, text in RATINGS.items())],
        coerce=int,
        error_messages={"required": "Choose one of the answers."},
    )
    comment = forms.CharField(
        label="In a word",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
    )

    def __init__(self, data: Any = None, *, coupon_id: int, kept: Kept | None = None) -> None:
        said = {"rating": kept.rating, "comment": kept.comment} if kept else {}
        super().__init__(data, initial=said, auto_id=f"coupon-{coupon_id}-%s")
