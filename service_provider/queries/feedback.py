"""What shoppers say of the shop: to each her own, to the office everything, in figures and one by one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from math import sqrt

from django.db.models import Count, F, QuerySet, Sum
from django.forms import Form

from service_provider.models import Feedback
from service_provider.queries import access, mall, page
from service_provider.queries.access import Actor
from service_provider.queries.feedback_filters import IN_STATE, NEW, STATES, FeedbackFilter, chosen, state_of
from service_provider.queries.people.naming import Names

TOPICS = tuple((str(value), str(name)) for value, name in Feedback.Topic.choices)
LONGEST, MOST_A_DAY = Feedback.LONGEST, Feedback.MOST_A_DAY
CHUNK = 500
_Z = 1.96


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One piece of feedback; `state` is new, answered or closed, `rating` None or 1 to 5."""

    id: int
    shopper_id: int
    shopper_key: str
    created_at: datetime
    topic: str
    rating: int | None
    text: str
    state: str
    answer: str
    answered_at: datetime | None
    answered_by: str
    closed_at: datetime | None

    @property
    def state_name(self) -> str:
        return STATES[self.state]

    @property
    def is_new(self) -> bool:
        return self.state == NEW


@dataclass(frozen=True, slots=True)
class MeanRating:
    """The mean of `rated` ratings with its 95 % interval; None where there are fewer than `enough`."""

    rated: int
    enough: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of feedback, the filter form that it answers to, and figures: the mean is that of what is listed."""

    page: page.Page[FeedbackRow]
    form: Form
    is_filtered: bool
    counts: Mapping[str, int]  # of all feedback, by state
    mean: MeanRating
    as_of: datetime


def _row(row: Feedback, key: str = "") -> FeedbackRow:
    return FeedbackRow(
        id=row.pk,
        shopper_id=row.shopper_id,
        shopper_key=key,
        created_at=row.created_at,
        topic=row.get_topic_display(),
        rating=row.rating,
        text=row.text,
        state=state_of(row),
        answer=row.answer,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        closed_at=row.closed_at,
    )


def _keyed(row: Feedback) -> FeedbackRow:
    return _row(row, row.shopper.key)


def list_own(who: Actor, number: int) -> page.Page[FeedbackRow]:
    """A page of the shopper's own feedback, newest first. Two queries."""
    own = Feedback.objects.none()
    if who.shopper_id is not None:
        own = Feedback.objects.filter(shopper_id=who.shopper_id)
    return page.cut(own.order_by("-created_at", "-pk"), number, _row)


def _matching(asked: FeedbackFilter) -> QuerySet[Feedback]:
    # A filter that is not understood shows nothing: a download never holds more than was asked for.
    rows = asked.qs if not asked.errors else asked.queryset.none()
    return rows.select_related("shopper")


def search(params: Mapping[str, str], number: int, *, by: Actor, now: datetime) -> Listing:
    """Page `number` of what `params` ask for. Who may not see people reads it without names."""
    settings = mall.get_settings()
    asked = chosen(params)
    rows = _matching(asked)
    found = page.cut(rows, number, _keyed)
    counts = Feedback.objects.aggregate(**{name: Count("pk", filter=q) for name, q in IN_STATE.items()})
    return Listing(
        page=replace(found, rows=tuple(_for(by, found.rows))),
        form=asked.form,
        is_filtered=any(params.get(name) for name in asked.filters),
        counts=counts,
        mean=_mean(rows, enough=settings.min_group_size),
        as_of=settings.local(now),
    )


def _mean(rows: QuerySet[Feedback], *, enough: int) -> MeanRating:
    of = rows.order_by().aggregate(
        n=Count("rating"), once=Sum("rating"), squares=Sum(F("rating") * F("rating"))
    )
    n = of["n"]
    if n < max(2, enough):
        return MeanRating(n, enough, None, None, None)
    mean = of["once"] / n
    variance = (of["squares"] - of["once"] * mean) / (n - 1)
    half = _Z * sqrt(max(0.0, variance) / n)
    return MeanRating(n, enough, mean, max(1.0, mean - half), min(5.0, mean + half))


def find(feedback_id: int, *, by: Actor) -> FeedbackRow | None:
    row = Feedback.objects.select_related("shopper").filter(pk=feedback_id).first()
    return next(_for(by, [_keyed(row)])) if row else None


def _for(by: Actor, rows: Iterable[FeedbackRow]) -> Iterator[FeedbackRow]:
    return iter(rows) if access.may(by, "see_people").allowed else _unnamed(list(rows))


def _unnamed(rows: list[FeedbackRow]) -> Iterator[FeedbackRow]:
    names = Names(row.shopper_id for row in rows)
    for row in rows:
        text, answer = (names.blank(row.shopper_id, words) for words in (row.text, row.answer))
        yield replace(row, text=text, answer=answer)


def filtered(params: Mapping[str, str]) -> QuerySet[Feedback]:
    """What a download's parameters ask for, sorted as on the screen."""
    return _matching(chosen(params))


def unnamed(rows: QuerySet[Feedback]) -> Iterator[FeedbackRow]:
    """Rows read in chunks, without the words that name their writers."""
    found = (_keyed(row) for row in rows.iterator(chunk_size=CHUNK))
    while chunk := list(islice(found, CHUNK)):
        yield from _unnamed(chunk)
