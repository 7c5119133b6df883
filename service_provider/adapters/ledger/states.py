"""The states of visits from the log: events in the order of their receipt, folded anew."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from engine import visit
from engine.contracts import KINDS, EventIn, VisitState
from service_provider.models import Event, Visit

_COLUMNS = (
    "visit_id", "event_id", "occurred_ms", "kind", "product_id", "category", "price_minor", "quantity",
)  # fmt: skip
_AT_ONCE = 2_000


class Logged(NamedTuple):
    """A visit as its row keeps it, beside what its events make of it."""

    visit_id: int
    kept: bytes | None
    version: int  # of the state that is kept
    events: int  # as the row says
    state: VisitState  # folded now
    is_cut: bool  # events were received after the moment up to which was folded


def fold(visit_id: int, key: str, *, shopper_key: str) -> VisitState:
    """The state of one visit, from all its events."""
    rows = Event.objects.filter(visit_id=visit_id).order_by("pk").values_list(*_COLUMNS)
    return visit.fold_all(visit.empty(key, shopper_key), map(_event, rows.iterator(_AT_ONCE)))


def fold_many(after: int, *, until_ms: int, limit: int) -> list[Logged]:
    """The next visits with a number over `after`, with what was received of them up to `until_ms`.

    Visits whose events were added up and removed are passed over: there is nothing to fold.
    """
    columns = ("pk", "key", "shopper__key", "state", "state_version", "event_count")
    visits = list(
        Visit.objects.filter(pk__gt=after, is_summed=False).order_by("pk").values_list(*columns)[:limit]
    )
    if not visits:
        return []
    rows = (
        Event.objects.filter(visit_id__gt=after, visit_id__lte=visits[-1][0], received_ms__lte=until_ms)
        .order_by("visit_id", "pk")
        .values_list(*_COLUMNS)
    )
    states: dict[int, VisitState] = {}
    empty = {pk: visit.empty(key, shopper) for pk, key, shopper, *_ in visits}
    for pk, group in groupby(rows.iterator(_AT_ONCE), key=lambda row: row[0]):
        if pk in empty:
            states[pk] = visit.fold_all(empty[pk], map(_event, group))
    later = Event.objects.filter(visit_id__gt=after, visit_id__lte=visits[-1][0], received_ms__gt=until_ms)
    cut = set(later.values_list("visit_id", flat=True).distinct())
    return [
        Logged(
            pk, None if kept is None else bytes(kept), version, count, states.get(pk, empty[pk]), pk in cut
        )
        for pk, _, _, kept, version, count in visits
    ]


def walk(visits: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, VisitState]]:
    """The state of each visit (its number, its key, its shopper's key) after every one of its events."""
    empty = {pk: visit.empty(key, shopper_key) for pk, key, shopper_key in visits}
    rows = Event.objects.filter(visit_id__in=empty).order_by("visit_id", "pk").values_list(*_COLUMNS)
    for pk, group in groupby(rows.iterator(_AT_ONCE), key=lambda row: row[0]):
        state = empty[pk]
        for event in map(_event, group):
            state = visit.fold(state, event)
            yield pk, state


def _event(row: tuple) -> EventIn:
    _, event_id, occurred_ms, kind, product_id, category, price_minor, quantity = row
    return EventIn(
        event_id, "", "", occurred_ms, KINDS[kind], product_id, category, price_minor, quantity or None
    )
