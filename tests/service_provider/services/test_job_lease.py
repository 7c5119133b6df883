"""A job is claimed by a conditional update under a lease; the table of who may take what, and when."""

from datetime import timedelta

import make
import pytest
from make import NOON

from engine.contracts import Progress
from service_provider.models import AuditEntry, Job, Worker
from service_provider.queries import jobs as rows
from service_provider.queries.access import COMMAND
from service_provider.services import jobs

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HELD = {
    "state": "running",
    "leased_by": "first",
    "lease_until": NOON + jobs.LEASE,
    "attempts": 1,
    "started_at": NOON,
}


@pytest.mark.parametrize(
    ("fields", "later", "taken"),
    [
        ({}, 0, True),
        ({"due_at": NOON + SECOND}, 0, False),
        ({"due_at": NOON + SECOND}, 1, True),
        (HELD, 29, False),
        (HELD, 30, False),
        (HELD, 31, True),
        ({"state": "done"}, 99, False),
        ({"state": "failed"}, 99, False),
        ({"state": "cancelled"}, 99, False),
    ],
)
def test_who_is_taken(fields: dict, later: int, taken: bool) -> None:
    job = make.job(**fields)
    assert jobs.claim("second", now=NOON + later * SECOND) == (job.pk if taken else None)
    job.refresh_from_db()
    assert (job.leased_by == "second") is taken


def test_the_oldest_due_job_comes_first_and_once() -> None:
    younger, older = make.job(due_at=NOON), make.job(due_at=NOON - SECOND)
    assert [jobs.claim("first", now=NOON) for _ in range(3)] == [older.pk, younger.pk, None]


def test_a_renewed_lease_holds() -> None:
    job = make.job(**HELD)
    assert jobs.renew(job.pk, "first", now=NOON + 25 * SECOND) is False
    assert jobs.claim("second", now=NOON + 50 * SECOND) is None
    assert jobs.claim("second", now=NOON + 56 * SECOND) == job.pk


def test_whoever_lost_the_lease_writes_nothing_more() -> None:
    job = make.job(**HELD)
    jobs.claim("second", now=NOON + 31 * SECOND)
    late = NOON + 32 * SECOND
    for write in (
        lambda: jobs.renew(job.pk, "first", now=late),
        lambda: jobs.progress(job.pk, "first", Progress("late", 1, 2, b"late"), now=late),
        lambda: jobs.finish(job.pk, "first", result={"late": 1}, now=late),
        lambda: jobs.fail(job.pk, "first", failure="late", now=late),
        lambda: jobs.stop_cancelled(job.pk, "first", now=late),
        lambda: jobs.release(job.pk, "first", now=late),
    ):
        with pytest.raises(jobs.LeaseLost):
            write()
    job.refresh_from_db()
    assert (job.state, job.leased_by, job.stage, job.result, job.failure) == ("running", "second", "", {}, "")


def test_a_released_job_goes_on_at_once_and_the_attempt_does_not_count() -> None:
    job = make.job(**HELD | {"checkpoint": b"half", "done": 5, "total": 10})
    jobs.release(job.pk, "first", now=NOON)
    assert jobs.claim("second", now=NOON) == job.pk
    job.refresh_from_db()
    assert (job.attempts, bytes(job.checkpoint), job.done_before) == (1, b"half", 5)


def test_a_job_that_kills_its_workers_is_given_up_in_plain_words() -> None:
    job = make.job(
        **HELD | {"attempts": jobs.MAX_ATTEMPTS, "stage": "fold 3: mlp", "live_key": "train_revenue"}
    )
    assert jobs.claim("second", now=NOON + 31 * SECOND) is None
    job.refresh_from_db()
    assert job.state == "failed"
    assert "died three times while it was at “fold 3: mlp”" in job.failure
    assert job.live_key is None


def test_it_is_not_given_up_while_its_last_worker_lives() -> None:
    job = make.job(**HELD | {"attempts": jobs.MAX_ATTEMPTS})
    jobs.claim("second", now=NOON + 29 * SECOND)
    job.refresh_from_db()
    assert job.state == "running"


def test_two_of_a_sort_are_refused_until_the_first_has_ended() -> None:
    first = jobs.start("train_revenue", args={}, by=COMMAND, now=NOON, live_key="train_revenue")
    with pytest.raises(jobs.AlreadyRunning) as refused:
        jobs.start("train_revenue", args={}, by=COMMAND, now=NOON, live_key="train_revenue")
    assert refused.value.job_id == first
    assert Job.objects.count() == 1
    jobs.claim("first", now=NOON)
    jobs.finish(first, "first", result={}, now=NOON)
    assert jobs.start("train_revenue", args={}, by=COMMAND, now=NOON, live_key="train_revenue") != first


def test_cancel_a_waiting_job() -> None:
    job = make.job(live_key="train_revenue")
    assert jobs.ask_cancel(job.pk, by=COMMAND, now=NOON) is True
    job.refresh_from_db()
    assert (job.state, job.live_key, job.finished_at) == ("cancelled", None, NOON)
    assert jobs.claim("first", now=NOON) is None


def test_cancel_a_running_job_is_heard_at_its_next_step() -> None:
    job = make.job(**HELD)
    assert jobs.progress(job.pk, "first", Progress("a", 1, 9), now=NOON) is False
    assert jobs.ask_cancel(job.pk, by=COMMAND, now=NOON) is True
    job.refresh_from_db()
    assert job.state == "running"
    assert jobs.progress(job.pk, "first", Progress("a", 2, 9), now=NOON) is True
    assert jobs.renew(job.pk, "first", now=NOON) is True


def test_cancel_a_job_whose_worker_died() -> None:
    job = make.job(**HELD | {"live_key": "train_revenue"})
    assert jobs.ask_cancel(job.pk, by=COMMAND, now=NOON + 31 * SECOND) is True
    job.refresh_from_db()
    assert (job.state, job.live_key) == ("cancelled", None)


def test_a_cancelled_job_is_not_taken_over() -> None:
    job = make.job(**HELD | {"cancel_asked_at": NOON})
    assert jobs.claim("second", now=NOON + 31 * SECOND) is None
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_cancel_is_audited_once_and_refused_after_the_end() -> None:
    job = make.job(**HELD)
    assert [jobs.ask_cancel(job.pk, by=COMMAND, now=NOON) for _ in range(2)] == [True, False]
    done = make.job(state="done")
    assert jobs.ask_cancel(done.pk, by=COMMAND, now=NOON) is False
    assert AuditEntry.objects.filter(verb="cancel_job").count() == 1


def test_time_left_is_reckoned_from_what_this_attempt_has_done() -> None:
    make.job(**HELD | {"done": 50, "total": 100})
    job_id = jobs.claim("second", now=NOON + 60 * SECOND)
    assert job_id is not None
    at_start = rows.find(job_id)
    jobs.progress(job_id, "second", Progress("on", 60, 100), now=NOON + 70 * SECOND)
    later = rows.find(job_id)
    assert at_start is not None
    assert later is not None
    assert at_start.seconds_left(NOON + 61 * SECOND) is None
    assert later.seconds_left(NOON + 70 * SECOND) == 40  # ten in ten seconds, forty to go


def test_a_worker_beats_in_one_row_and_is_forgotten_after_a_day() -> None:
    jobs.beat("old", now=NOON - timedelta(days=2))
    for second in range(3):
        jobs.beat("new", now=NOON + second * SECOND)
    worker = Worker.objects.get()
    assert (worker.name, worker.started_at, worker.beat_at) == ("new", NOON, NOON + 2 * SECOND)
