"""What feedback may be filtered and sorted by. A filter is a read, so it stands here and not in a face."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import F, Q, QuerySet

from service_provider.models import Feedback

Rows = QuerySet[Feedback]

NEW, ANSWERED, CLOSED = "new", "answered", "closed"
STATES = {NEW: "New", ANSWERED: "Answered", CLOSED: "Closed"}
IN_STATE = {
    NEW: Q(answered_at__isnull=True, closed_at__isnull=True),
    ANSWERED: Q(answered_at__isnull=False, closed_at__isnull=True),
    CLOSED: Q(closed_at__isnull=False),
}
RATINGS = range(1, 6)
_NONE = "none"
_SORTS: dict[str, tuple[str, list[Any]]] = {
    "-written": ("Newest first", ["-created_at", "-pk"]),
    "written": ("Oldest first", ["created_at", "pk"]),
    "rating": ("Lowest rating first", [F("rating").asc(nulls_last=True), "-created_at", "-pk"]),
    "-rating": ("Highest rating first", [F("rating").desc(nulls_last=True), "-created_at", "-pk"]),
}


def state_of(row: Feedback) -> str:
    if row.closed_at is not None:
        return CLOSED
    return NEW if row.answered_at is None else ANSWERED


class FeedbackFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of the list of feedback and of its downloads."""

    q = filters.CharFilter(
        method="search", max_length=80, label="Search", widget=forms.TextInput(attrs={"type": "search"})
    )
    state = filters.ChoiceFilter(
        method="by_state", choices=list(STATES.items()), label="State", empty_label="Any"
    )
    topic = filters.ChoiceFilter(choices=Feedback.Topic.choices, label="Topic", empty_label="Any")
    rating = filters.ChoiceFilter(
        method="by_rating",
        choices=[*((str(n), f"{n} of 5") for n in RATINGS), (_NONE, "Not rated")],
        label="Rating",
        empty_label="Any",
    )
    sort = filters.ChoiceFilter(
        method="sorted",
        choices=[(name, said) for name, (said, _) in _SORTS.items() if name != "-written"],
        label="Sort by",
        empty_label=_SORTS["-written"][0],
    )

    class Meta:
        model = Feedback
        fields: tuple[str, ...] = ()

    def search(self, rows: Rows, name: str, text: str) -> Rows:
        """Every word must be found in what was written or answered."""
        for word in text.split()[:6]:
            rows = rows.filter(Q(text__icontains=word) | Q(answer__icontains=word))
        return rows

    def by_state(self, rows: Rows, name: str, state: str) -> Rows:
        return rows.filter(IN_STATE[state])

    def by_rating(self, rows: Rows, name: str, rating: str) -> Rows:
        return rows.filter(rating=None if rating == _NONE else int(rating))

    def sorted(self, rows: Rows, name: str, sort: str) -> Rows:
        return rows.order_by(*_SORTS[sort][1])


def chosen(params: Any) -> FeedbackFilter:
    return FeedbackFilter(params, Feedback.objects.order_by("-created_at", "-pk"))
