"""How long events are kept: which are past that, and what was added up of those that are gone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from service_provider.models import EventDay, Visit

DAY_MS = 86_400_000
LEAST_DAYS = 30


class Place(NamedTuple):
    """How far a walk over the visits is, by their last moment."""

    last_ms: int = -(2**62)
    visit_id: int = 0


class Chosen(NamedTuple):
    """The next visits to be added up, and the place after them."""

    visit_ids: tuple[int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Waiting:
    """Visits that ended before the limit and still have their events."""

    visits: int
    events: int


@dataclass(frozen=True, slots=True)
class Summed:
    """What was added up so far; days are None where nothing was."""

    events: int
    pieces: int
    value_minor: int
    first_day: date | None
    last_day: date | None


def limit_ms(*, days: int, now: datetime) -> int:
    """Visits that ended before this moment, in milliseconds, are kept no longer."""
    return int(now.timestamp() * 1000) - days * DAY_MS


def waiting(*, until_ms: int) -> Waiting:
    """One query over the visits that are as old as that."""
    return Waiting(**_whole(until_ms).aggregate(visits=Count("pk"), events=Sum("event_count", default=0)))


def next_visits(after: Place, *, until_ms: int, most_visits: int, most_events: int) -> Chosen | None:
    """The oldest visits past `after`, one at least; None where all is done. No lock is taken for that."""
    further = Q(last_ms__gt=after.last_ms) | Q(pk__gt=after.visit_id)
    rows = _whole(until_ms).filter(further, last_ms__gte=after.last_ms).order_by("last_ms", "pk")
    chosen: list[int] = []
    events, place = 0, after
    for visit_id, last_ms, count in rows.values_list("pk", "last_ms", "event_count")[:most_visits]:
        if chosen and events + count > most_events:
            break
        chosen.append(visit_id)
        events, place = events + count, Place(last_ms, visit_id)
    return Chosen(tuple(chosen), place) if chosen else None


def has_removed() -> bool:
    """Whether any event was ever added up and removed. One look at a small table."""
    return EventDay.objects.exists()


def summed() -> Summed:
    """One query."""
    sums = {name: Sum(name, default=0) for name in ("events", "pieces", "value_minor")}
    found = EventDay.objects.aggregate(**sums, first_day=Min("day"), last_day=Max("day"))
    return Summed(**found)


def _whole(until_ms: int) -> QuerySet[Visit]:
    return Visit.objects.filter(is_summed=False, last_ms__lt=until_ms)
