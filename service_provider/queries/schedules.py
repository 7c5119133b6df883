"""Work that begins by itself once a day: which kinds there are, when each begins next, how it went the last time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service_provider.models import Schedule
from service_provider.queries import jobs, mall
from service_provider.queries.jobs import JobRow


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of job that may begin by itself; `minute` of the day in the mall's zone until somebody changes it."""

    minute: int
    does: str
    is_training: bool = False  # then its model may be put to use by itself, where the provider allows it


KNOWN: dict[str, Known] = {  # a new kind is one line here, beside its line in jobs/kinds.py
    "expire_coupons": Known(
        10, "Ends coupons whose time is over. The worker does so every minute too; this takes all at once."
    ),
    "clear_sessions": Known(3 * 60, "Sweeps out the sessions of browsers that have ended."),
    "retention": Known(3 * 60 + 20, "Adds up and removes events that are older than the mall keeps them."),
    "train_segments": Known(3 * 60 + 40, "Fits the segments anew, once in seven days.", is_training=True),
    "assign_segments": Known(4 * 60, "Puts every shopper into the segment where she belongs today."),
    "train_churn": Known(4 * 60 + 20, "Trains the churn ladder anew on the newest visits.", is_training=True),
    "watch_drift": Known(
        5 * 60 + 20, "Holds the last week against what the churn model learnt from, and raises alarms."
    ),
}


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One kind; `next_at` is None where it is off, `last` is its newest job, whoever began it."""

    kind: str
    does: str
    is_training: bool
    is_on: bool
    minute: int
    may_promote: bool
    next_at: datetime | None
    last: JobRow | None

    @property
    def title(self) -> str:
        return jobs.title(self.kind)

    @property
    def clock(self) -> str:
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


def list_all(*, now: datetime) -> tuple[ScheduleRow, ...]:
    """Every known kind, by its time of day. Two queries, and one for each kind."""
    kept = {row.kind: row for row in Schedule.objects.filter(kind__in=KNOWN)}
    zone = ZoneInfo(mall.get_settings().zone)
    rows = (_row(kept.get(kind) or default(kind), zone=zone, now=now) for kind in KNOWN)
    return tuple(sorted(rows, key=lambda row: (row.minute, row.kind)))


def find(kind: str, *, now: datetime) -> ScheduleRow | None:
    if kind not in KNOWN:
        return None
    kept = Schedule.objects.filter(kind=kind).first()
    return _row(kept or default(kind), zone=ZoneInfo(mall.get_settings().zone), now=now)


def may_promote(kind: str) -> bool:
    """Whether a training of this kind may put its model to use by itself, when every gate holds."""
    return Schedule.objects.filter(kind=kind, may_promote=True).exists()


def default(kind: str) -> Schedule:
    """The row of a kind that nobody has changed yet; it is not stored by this."""
    return Schedule(kind=kind, minute=KNOWN[kind].minute)


def due_at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment in UTC. A time that the day has twice is its first, one that it leaves out is as much later."""
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(UTC)


def next_at(row: Schedule, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When it begins next; a moment that is past where a worker has yet to begin it today."""
    if not row.is_on:
        return None
    today = now.astimezone(zone).date()
    is_over = row.started_day is not None and row.started_day >= today
    day = today + timedelta(days=1) if is_over else today
    return due_at(day, row.minute, zone)


def _row(row: Schedule, *, zone: ZoneInfo, now: datetime) -> ScheduleRow:
    known = KNOWN[row.kind]
    begins = next_at(row, zone=zone, now=now)
    if (
        row.pk is None and begins is not None and begins <= now
    ):  # not stored yet: it begins with its next time
        begins = due_at(now.astimezone(zone).date() + timedelta(days=1), row.minute, zone)
    last = next(iter(jobs.list_newest(kind=row.kind, limit=1)), None)
    return ScheduleRow(
        row.kind, known.does, known.is_training, row.is_on, row.minute, row.may_promote, begins, last
    )
