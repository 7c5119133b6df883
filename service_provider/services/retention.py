"""Events that are older than the mall keeps them: added up by day, kind and category, and removed, visit by visit."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from typing import Any, Self

from engine.visit import MOST_MINOR, MOST_PIECES
from service_provider.adapters.ledger import bulk
from service_provider.models import Event, EventDay, Visit
from service_provider.queries.access import Actor
from service_provider.queries.retention import DAY_MS
from service_provider.services import audit, deadlocks

_FIRST_DAY = date(1970, 1, 1).toordinal()
_SUMS = ("events", "pieces", "value_minor")
_EVENT = ("visit_id", "occurred_ms", "kind", "category", "price_minor", "quantity")

Key = tuple[int, int, str]
"""Day since 1970 in UTC, kind, category."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of visits; `robots` are events of robots, which nothing is added up of."""

    visits: int = 0
    events: int = 0
    robots: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(int.__add__, astuple(self), astuple(other)))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@deadlocks.atomic
def fold(visit_ids: Sequence[int], *, until_ms: int) -> Removed:
    """Adds up and removes the events of these visits, as far as they are whole and ended before the limit.

    Sums, removal and the mark on the visit are one transaction: whatever is killed, nothing counts twice.
    """
    held = Visit.objects.select_for_update().filter(pk__in=visit_ids, is_summed=False, last_ms__lt=until_ms)
    is_bot = dict(held.order_by("pk").values_list("pk", "is_bot"))
    if not is_bot:
        return Removed()
    events = bulk.find(Event, "visit_id", list(is_bot), fetch=_EVENT)
    sums = _add_up(events, is_bot)
    rows = [(_day(day), kind, category, *sums[day, kind, category]) for day, kind, category in sorted(sums)]
    bulk.add_up(EventDay, ("day", "kind", "category"), ("day", "kind", "category", *_SUMS), rows, sums=_SUMS)
    Event.objects.filter(visit_id__in=is_bot).delete()
    Visit.objects.filter(pk__in=is_bot).update(is_summed=True, state=None, state_version=0, carried=None)
    robots = sum(is_bot[visit_id] for visit_id, *_ in events)
    return Removed(len(is_bot), len(events) - robots, robots)


def close(removed: Removed, *, days: int, by: Actor, now: datetime) -> None:
    """Writes into the audit log what was removed."""
    detail = removed.to_json() | {"keep_events_days": days}
    audit.record(by, "remove_events", "events", "old", now=now, detail=detail)


def _add_up(events: Iterable[tuple[Any, ...]], is_bot: dict[int, bool]) -> dict[Key, tuple[int, int, int]]:
    """Events, pieces and value by key. A robot's events leave a row of zeros: the trace that something went."""
    counts: Counter[Key] = Counter()
    pieces: Counter[Key] = Counter()
    values: Counter[Key] = Counter()
    for visit_id, occurred_ms, kind, category, price, quantity in events:
        key = (occurred_ms // DAY_MS, kind, category)
        counts[key] += not is_bot[visit_id]
        if quantity is None or is_bot[visit_id]:
            continue
        number = min(quantity, MOST_PIECES)  # as the fold takes them
        pieces[key] += number
        values[key] += min((price or 0) * number, MOST_MINOR)
    return {key: (count, pieces[key], values[key]) for key, count in counts.items()}


def _day(since_1970: int) -> str:
    return date.fromordinal(_FIRST_DAY + since_1970).isoformat()
