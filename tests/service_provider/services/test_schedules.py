"""Work that begins by itself: each kind once a day, at its time in the mall's zone, whichever worker looks."""

from datetime import UTC, date, datetime, timedelta

import make
import pytest

from service_provider.models import AuditEntry, Job, Mall, Schedule
from service_provider.queries import schedules as rows
from service_provider.queries.access import SCHEDULE, Actor, Refused
from service_provider.queries.schedules import KNOWN, Known
from service_provider.services import jobs, schedules

pytestmark = pytest.mark.django_db
PETRA = Actor(label="petra", role="provider")
KIND = "retention"


@pytest.fixture(autouse=True)
def one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one kind, at 02:30 in Berlin, and a training whose row nobody has made."""
    for kind in list(KNOWN):
        monkeypatch.delitem(KNOWN, kind)
    monkeypatch.setitem(KNOWN, KIND, Known(150, "Removes something."))


def at(day: int, hour: int, minute: int = 0, *, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def kept(**fields: object) -> Schedule:
    """The kind's row, last started on 19 May."""
    return Schedule.objects.create(**{"kind": KIND, "minute": 150, "started_day": date(2026, 5, 19)} | fields)


def end(*job_ids: int) -> None:
    Job.objects.filter(pk__in=job_ids).update(state="done", live_key=None)


def test_it_begins_at_its_minute_in_the_malls_zone() -> None:
    kept()
    assert schedules.start_due(at(20, 0, 29)) == []  # 02:29 in Berlin
    (job_id,) = schedules.start_due(at(20, 0, 30))
    job = Job.objects.get(pk=job_id)
    assert (job.kind, job.by_label, job.live_key, job.args) == (KIND, "schedule", KIND, {})


def test_each_day_has_it_once() -> None:
    kept()
    for hour in (1, 2, 12, 21):
        end(*schedules.start_due(at(20, hour)))
    assert Job.objects.count() == 1
    schedules.start_due(at(21, 1))
    assert Job.objects.count() == 2


def test_a_worker_that_was_down_begins_it_later_the_same_day() -> None:
    kept(started_day=date(2026, 5, 10))
    assert len(schedules.start_due(at(20, 21, 59))) == 1  # 23:59 in Berlin
    assert Schedule.objects.get().started_day == date(2026, 5, 20)


def test_of_two_workers_that_saw_the_same_row_one_begins_it() -> None:
    seen = kept()
    today = date(2026, 5, 20)
    first = schedules._start(seen, today=today, now=at(20, 1))
    end(first or 0)
    assert schedules._start(seen, today=today, now=at(20, 1)) is None
    assert Job.objects.count() == 1


def test_what_was_changed_between_look_and_start_is_heard() -> None:
    seen = kept()
    Schedule.objects.update(is_on=False)
    assert schedules._start(seen, today=date(2026, 5, 20), now=at(20, 1)) is None


def test_what_runs_already_is_no_error_and_is_todays() -> None:
    kept()
    jobs.start(KIND, args={}, by=PETRA, now=at(20, 0), live_key=KIND)
    assert schedules.start_due(at(20, 1)) == []
    assert Schedule.objects.get().started_day == date(2026, 5, 20)
    assert Job.objects.count() == 1


def test_off_is_off() -> None:
    kept(is_on=False)
    assert schedules.start_due(at(20, 12)) == []


@pytest.mark.parametrize(
    ("month", "day", "begins", "why"),
    [(3, 29, at(29, 1, 30, month=3), "02:30 is left out"), (10, 25, at(25, 0, 30, month=10), "02:30 comes twice")],
    ids=["spring", "autumn"],
)  # fmt: skip
def test_days_of_23_and_25_hours_have_it_once(month: int, day: int, begins: datetime, why: str) -> None:
    kept(started_day=date(2026, month, day - 1))
    started = {}
    for minute in range(0, 30 * 60, 10):
        now = datetime(2026, month, day, tzinfo=UTC) - timedelta(hours=2) + timedelta(minutes=minute)
        if ids := schedules.start_due(now):
            started[now] = ids
            end(*ids)
    today = [now for now in started if now < begins + timedelta(hours=20)]
    assert today == [begins], why


def test_a_new_kind_begins_with_its_next_time() -> None:
    assert schedules.start_due(at(20, 12)) == []  # 02:30 is past
    assert Schedule.objects.get().started_day == date(2026, 5, 20)
    assert len(schedules.start_due(at(21, 0, 30))) == 1


def test_a_new_kind_whose_time_is_to_come_begins_today() -> None:
    schedules.ensure_defaults(now=at(20, 0))
    schedules.ensure_defaults(now=at(20, 0))
    assert Schedule.objects.get().started_day is None
    assert len(schedules.start_due(at(20, 0, 30))) == 1


def test_a_kind_that_nobody_knows_any_more_is_left_alone() -> None:
    Schedule.objects.create(kind="train_oracle", minute=0)
    schedules.start_due(at(20, 12))
    assert not Job.objects.exists()


@pytest.mark.parametrize(("hour", "jobs_today"), [(15, 1), (11, 0)], ids=["to come", "past"])
def test_another_time_of_today_begins_today_where_it_is_still_to_come(hour: int, jobs_today: int) -> None:
    kept(started_day=date(2026, 5, 20))
    schedules.change(KIND, is_on=True, minute=(hour + 2) * 60, by=PETRA, now=at(20, 12))
    schedules.start_due(at(20, 15))
    assert Job.objects.count() == jobs_today


def test_a_change_is_audited_with_what_stood_there_before() -> None:
    assert schedules.change(KIND, is_on=False, minute=150, by=PETRA, now=make.NOON) is True
    assert schedules.change(KIND, is_on=False, minute=150, by=PETRA, now=make.NOON) is False
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.actor_label) == ("change_schedule", KIND, "petra")
    assert entry.detail == {"is_on": {"before": True, "after": False}}


def test_only_a_training_may_promote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "train_oracle", Known(60, "Trains.", is_training=True))
    for kind in KNOWN:
        schedules.change(kind, is_on=True, minute=60, may_promote=True, by=PETRA, now=make.NOON)
    assert not rows.may_promote(KIND)
    assert rows.may_promote("train_oracle")


def test_it_is_begun_by_hand_at_any_time_and_once() -> None:
    job_id = schedules.start_now(KIND, by=PETRA, now=make.NOON)
    with pytest.raises(jobs.AlreadyRunning) as running:
        schedules.start_now(KIND, by=PETRA, now=make.NOON)
    assert running.value.job_id == job_id
    assert Job.objects.get().by_label == "petra"


def test_who_may_not_and_what_is_not() -> None:
    with pytest.raises(Refused):
        schedules.start_now(KIND, by=Actor(label="alan", role="analyst"), now=make.NOON)
    with pytest.raises(schedules.UnknownKind, match="no work 'rehearsal'"):
        schedules.start_now("rehearsal", by=SCHEDULE, now=make.NOON)
    with pytest.raises(schedules.UnknownKind):
        schedules.change("rehearsal", is_on=True, minute=0, by=PETRA, now=make.NOON)


def test_the_list_says_when_and_how_it_went() -> None:
    (row,) = rows.list_all(now=at(20, 12))
    assert (row.next_at, row.last, row.clock, row.title) == (
        at(21, 0, 30), None, "02:30", "Removal of old events",
    )  # fmt: skip
    kept(started_day=date(2026, 5, 20))
    job = make.job(KIND, state="done")
    (row,) = rows.list_all(now=at(20, 12))
    assert (row.next_at, row.last and row.last.id) == (at(21, 0, 30), job.pk)
    Mall.objects.create(pk=1, zone="Asia/Tokyo")
    row = rows.find(KIND, now=at(20, 12))
    assert row is not None
    assert row.next_at == datetime(2026, 5, 20, 17, 30, tzinfo=UTC)
    Schedule.objects.update(is_on=False)
    assert rows.list_all(now=at(20, 12))[0].next_at is None
    assert rows.find("rehearsal", now=at(20, 12)) is None
