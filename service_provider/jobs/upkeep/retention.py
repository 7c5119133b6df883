"""The job `retention`: events of visits that ended before the mall's limit are added up and removed."""

import json
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from engine.contracts import Progress
from service_provider.adapters.ledger import bulk
from service_provider.jobs.interrupts import Interrupted
from service_provider.jobs.kinds import JobResult, Steps
from service_provider.queries import jobs as job_rows
from service_provider.queries import mall
from service_provider.queries import retention as kept
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.queries.retention import Place
from service_provider.services import retention, searches
from service_provider.services.retention import Removed

VISITS, FEWEST, MOST = (
    200,
    100,
    2_000,
)  # visits, and events, in one transaction; a longer visit is one of its own
LONG, SHORT = 0.15, 0.05  # seconds; after a transaction that took longer the next one is half as large
REST = 0.02  # seconds between two of them, in which whoever waits to write gets his turn
STAGE = "Adding up old events"


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far it is. The limit stays what it was at the start, whoever goes on."""

    until_ms: int
    days: int
    total: int
    place: Place = Place()
    removed: Removed = field(default_factory=Removed)

    @property
    def done(self) -> int:
        return min(self.total, self.removed.events + self.removed.robots)

    def progress(self) -> Progress:
        state = [self.until_ms, self.days, self.total, self.place, self.removed.to_json()]
        return Progress(STAGE, self.done, self.total, json.dumps(state).encode())


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """It has no arguments: the mall's setting says how long events are kept."""
    by = Actor(label=job.by_label, user_id=job.by_id)
    walk = _resume(checkpoint) if checkpoint else _begin(now())
    try:
        yield walk.progress()
        with bulk.large_cache():
            for step in _steps(walk, clock=clock):
                walk = step
                yield walk.progress()
                time.sleep(REST)
    except (GeneratorExit, Interrupted):
        found = job_rows.find(job.id)
        if found is not None and found.cancel_asked:  # else somebody goes on from the checkpoint and tells
            retention.close(walk.removed, days=walk.days, by=by, now=now())
        raise

    def record() -> dict[str, Any]:
        retention.close(walk.removed, days=walk.days, by=by, now=now())
        # Counts are of days in UTC; today's may still become many.
        searches.forget_rare(before=now().astimezone(UTC).date())
        return walk.removed.to_json() | {"keep_events_days": walk.days}

    result: JobResult = record
    return result


def _begin(now: datetime) -> _Walk:
    days = mall.get_settings().keep_events_days
    until_ms = kept.limit_ms(days=days, now=now)
    return _Walk(until_ms, days, kept.waiting(until_ms=until_ms).events)


def _resume(checkpoint: bytes) -> _Walk:
    until_ms, days, total, place, removed = json.loads(checkpoint)
    return _Walk(until_ms, days, total, Place(*place), Removed(**removed))


def _steps(walk: _Walk, *, clock: Callable[[], float]) -> Generator[_Walk, None, None]:
    size = FEWEST
    while chosen := kept.next_visits(
        walk.place, until_ms=walk.until_ms, most_visits=VISITS, most_events=size
    ):
        began = clock()
        removed = retention.fold(chosen.visit_ids, until_ms=walk.until_ms)
        size = _next_size(size, clock() - began)
        walk = replace(walk, place=chosen.place, removed=walk.removed + removed)
        yield walk


def _next_size(size: int, took: float) -> int:
    """Others shall not wait long for us, on a slow machine either."""
    if took > LONG:
        return max(FEWEST, size // 2)
    return min(MOST, 2 * size) if took < SHORT else size
