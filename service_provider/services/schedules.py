"""Work that begins by itself: each kind once a day, whichever worker is there, and at once when somebody asks."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from service_provider.models import Schedule
from service_provider.queries import mall, schedules
from service_provider.queries.access import SCHEDULE, Actor, require
from service_provider.queries.schedules import KNOWN
from service_provider.services import audit, jobs


class UnknownKind(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no work {kind!r} that begins by itself.")


def ensure_defaults(*, now: datetime) -> None:
    """A row for every known kind. One whose time is past today begins tomorrow."""
    _ensure(KNOWN, now=now, zone=_zone())


def start_due(now: datetime) -> list[int]:
    """Starts what is due today and was not started yet; the ids of the jobs. Two queries where nothing is."""
    zone = _zone()
    today = now.astimezone(zone).date()
    rows = {row.kind: row for row in Schedule.objects.filter(kind__in=KNOWN)}
    if missing := KNOWN.keys() - rows.keys():
        _ensure(missing, now=now, zone=zone)
    started = (
        _start(row, today=today, now=now)
        for row in rows.values()
        if _is_waiting(row, today) and schedules.due_at(today, row.minute, zone) <= now
    )
    return [job_id for job_id in started if job_id is not None]


def _is_waiting(row: Schedule, today: date) -> bool:
    return row.is_on and (row.started_day is None or row.started_day < today)


@transaction.atomic
def _start(row: Schedule, *, today: date, now: datetime) -> int | None:
    """Of several workers the one whose UPDATE finds the row as it was starts the job, in the same transaction."""
    waiting = Schedule.objects.filter(pk=row.pk, is_on=True, minute=row.minute)
    waiting = waiting.filter(Q(started_day=None) | Q(started_day__lt=today))
    if not waiting.update(started_day=today):
        return None
    try:
        return jobs.start(row.kind, args={}, by=SCHEDULE, now=now, live_key=row.kind)
    except jobs.AlreadyRunning:
        return None  # somebody began it by hand: today has it


def start_now(kind: str, *, by: Actor, now: datetime) -> int:
    """Starts it at once, whatever the clock says. AlreadyRunning, UnknownKind."""
    require(by, "change_settings")
    if kind not in KNOWN:
        raise UnknownKind(kind)
    return jobs.start(kind, args={}, by=by, now=now, live_key=kind)


@transaction.atomic
def change(
    kind: str, *, is_on: bool, minute: int, may_promote: bool = False, by: Actor, now: datetime
) -> bool:
    """Puts it in force; False where nothing differed. A time that is still to come today begins today."""
    require(by, "change_settings")
    if kind not in KNOWN:
        raise UnknownKind(kind)
    zone = _zone()
    _ensure([kind], now=now, zone=zone)
    row = Schedule.objects.select_for_update().get(kind=kind)
    wanted = {"is_on": is_on, "minute": minute, "may_promote": may_promote and KNOWN[kind].is_training}
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return False
    changes: dict[str, object] = dict(wanted)
    if (is_on, minute) != (row.is_on, row.minute):
        changes["started_day"] = _begun(minute, now=now, zone=zone)
    Schedule.objects.filter(pk=row.pk).update(**changes)
    detail = {name: {"before": before[name], "after": wanted[name]} for name in wanted}
    changed = {name: both for name, both in detail.items() if both["before"] != both["after"]}
    audit.record(by, "change_schedule", "schedule", kind, now=now, detail=changed)
    return True


def _zone() -> ZoneInfo:
    return ZoneInfo(mall.get_settings().zone)


def _begun(minute: int, *, now: datetime, zone: ZoneInfo) -> date | None:
    """Today, where this time of today is past already: the work then begins tomorrow."""
    today = now.astimezone(zone).date()
    return today if schedules.due_at(today, minute, zone) <= now else None


def _ensure(kinds: Iterable[str], *, now: datetime, zone: ZoneInfo) -> None:
    """Of two workers at once both go on: a row that is there is left as it is."""
    rows = [schedules.default(kind) for kind in kinds]
    for row in rows:
        row.started_day = _begun(row.minute, now=now, zone=zone)
    Schedule.objects.bulk_create(rows, ignore_conflicts=True)
