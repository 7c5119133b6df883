"""The job that removes old events: by the mall's setting, to be stopped and gone on with anywhere."""

from datetime import timedelta
from typing import Any

import make
import pytest
from shop_events import DAY, NOW

from service_provider.jobs.upkeep import retention as room
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Event, EventDay, Job, Mall, SearchDay, Shopper, Visit
from service_provider.queries import jobs as job_rows
from service_provider.queries.access import COMMAND
from service_provider.services import jobs, retention

pytestmark = pytest.mark.django_db
EACH = 4  # events of a visit


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "VISITS", 2)
    monkeypatch.setattr(room, "REST", 0)


@pytest.fixture
def visits(db: None) -> None:
    """One ended 20 days ago, nine 410 days ago."""
    shopper = Shopper.objects.create(key="S1", created_at=make.NOON)
    for number in range(10):
        at = NOW - (410 if number else 20) * DAY + number
        row = Visit.objects.create(
            key=f"V{number}", shopper=shopper, started_ms=at, last_ms=at, event_count=EACH
        )
        Event.objects.bulk_create(
            Event(event_id=f"{number}-{n}", visit=row, occurred_ms=at, received_ms=at, kind=0)
            for n in range(EACH)
        )


def worker(name: str = "first", *, later: int = 0) -> Worker:
    return Worker(name, now=lambda: make.NOON + timedelta(seconds=later), clock=lambda: 0.0)


def added_up() -> int:
    return sum(EventDay.objects.values_list("events", flat=True))


def test_it_removes_what_the_setting_says(visits: None) -> None:
    make.job("retention", by_label="schedule")
    assert worker().run_due() == 1
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 36, 36)
    assert job.result == {"visits": 9, "events": 36, "robots": 0, "keep_events_days": 400}
    assert (Event.objects.count(), added_up()) == (EACH, 36)
    entry = AuditEntry.objects.get(verb="remove_events")
    assert (entry.actor_label, entry.detail) == ("schedule", job.result)


@pytest.mark.parametrize(
    ("size", "took", "then"),
    [(100, 0.01, 200), (2_000, 0.01, 2_000), (800, 0.1, 800), (800, 0.2, 400), (100, 9.0, 100)],
    ids=str,
)
def test_who_holds_others_up_takes_less_the_next_time(size: int, took: float, then: int) -> None:
    assert room._next_size(size, took) == then


@pytest.mark.parametrize(("days", "left"), [(500, 40), (30, 4), (409, 4)], ids=str)
def test_the_provider_says_for_how_long(visits: None, days: int, left: int) -> None:
    Mall.objects.create(pk=1, keep_events_days=days)
    make.job("retention")
    worker().run_due()
    assert Event.objects.count() == left


def test_nothing_old_is_done_at_once(db: None) -> None:
    make.job("retention")
    worker().run_due()
    assert Job.objects.get().result["visits"] == 0


@pytest.mark.parametrize("dies_at", range(1, 6))
@pytest.mark.parametrize("before", [True, False], ids=["before its end", "before its checkpoint"])
def test_a_killed_worker_counts_nothing_twice(
    visits: None, monkeypatch: pytest.MonkeyPatch, dies_at: int, before: bool
) -> None:
    class Killed(BaseException):
        """What no code of ours catches."""

    fold, calls = retention.fold, []

    def dying(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) == dies_at:
            if not before:
                fold(*given, **named)  # it is in the ledger, but nobody has noted it
            raise Killed
        return fold(*given, **named)

    make.job("retention")
    with monkeypatch.context() as patched:
        patched.setattr(retention, "fold", dying)
        with pytest.raises(Killed):
            worker().run_due()
    assert worker("second", later=60).run_due() == 1
    assert Job.objects.get().state == "done"
    assert (Event.objects.count(), added_up(), EventDay.objects.count()) == (EACH, 36, 1)
    assert Visit.objects.filter(is_summed=True).count() == 9


def steps_of(job: Job) -> Any:
    row = job_rows.find(job.pk)
    assert row is not None
    return room.run(row, checkpoint=None, now=lambda: make.NOON, clock=lambda: 0.0)


def test_it_goes_on_with_the_limit_it_began_with(visits: None) -> None:
    job = make.job("retention")
    steps = steps_of(job)
    next(steps)
    Job.objects.update(checkpoint=next(steps).state)
    Mall.objects.create(pk=1, keep_events_days=30)
    worker().run_due()
    assert Job.objects.get().result == {"visits": 9, "events": 36, "robots": 0, "keep_events_days": 400}
    assert Event.objects.count() == EACH


def test_a_cancelled_removal_says_in_the_log_how_far_it_came(
    visits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make.job("retention", by_label="petra")
    fold, calls = retention.fold, []

    def cancelling(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            jobs.ask_cancel(job.pk, by=COMMAND, now=make.NOON)
        return fold(*given, **named)

    monkeypatch.setattr(retention, "fold", cancelling)
    worker().run_due()
    job.refresh_from_db()
    assert (job.state, Event.objects.count(), added_up()) == ("cancelled", 40 - 16, 16)
    entry = AuditEntry.objects.get(verb="remove_events")
    assert (entry.actor_label, entry.detail["visits"], entry.detail["events"]) == ("petra", 4, 16)


def test_who_goes_on_later_leaves_the_log_to_the_end(visits: None) -> None:
    given_back = steps_of(make.job("retention"))
    next(given_back)
    next(given_back)
    given_back.close()
    assert not AuditEntry.objects.exists()


def test_words_that_hardly_anybody_searched_for_are_forgotten_the_day_after(db: None) -> None:
    day = make.NOON.date()
    for words, before, count in (("red shoes", 1, 3), ("my own name", 1, 2), ("lamp", 0, 1)):
        SearchDay.objects.create(day=day - timedelta(days=before), words=words, count=count)
    make.job("retention")
    worker().run_due()

    assert set(SearchDay.objects.values_list("words", flat=True)) == {"red shoes", "lamp"}
