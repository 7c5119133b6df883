"""The worker walks a job's steps; every way a job may end."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import make
import pytest
from django.db import OperationalError
from make import NOON

from engine.contracts import Progress
from service_provider.jobs import kinds
from service_provider.jobs.interrupts import Interrupted
from service_provider.jobs.kinds import JobFailed
from service_provider.jobs.pulse import Pulse
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Job
from service_provider.queries.access import COMMAND
from service_provider.services import audit, jobs

pytestmark = pytest.mark.django_db


class Time:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def worker(time: Time) -> Worker:
    return Worker(name="first", now=time.now, clock=time.clock)


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """`does(steps)` makes the kind "slow" run `steps(job, checkpoint)`."""

    def put(steps: Any) -> None:
        monkeypatch.setitem(
            kinds.KINDS, "slow", lambda job, *, checkpoint, now, clock: steps(job, checkpoint)
        )

    return put


def counts_to_three(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
    """Goes on after the number in the checkpoint."""
    begun = int(checkpoint or b"0")
    for number in range(begun + 1, 4):
        yield Progress(f"number {number}", number, 3, str(number).encode())
    return lambda: {"began_after": begun}


def test_a_job_runs_to_its_end(worker: Worker, does: Any) -> None:
    does(counts_to_three)
    job = make.job("slow", live_key="slow")
    assert worker.run_due() == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.live_key) == ("done", {"began_after": 0}, 3, None)
    assert job.checkpoint is None


def test_nothing_due(worker: Worker) -> None:
    assert worker.run_due() == 0


def test_a_job_goes_on_from_its_checkpoint(worker: Worker, does: Any) -> None:
    does(counts_to_three)
    job = make.job("slow", checkpoint=b"2", done=2, total=3)
    worker.run_due()
    job.refresh_from_db()
    assert job.result == {"began_after": 2}


def test_progress_is_written_four_times_a_second_but_every_checkpoint_is(
    worker: Worker, does: Any, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    real = jobs.progress

    def noted(job_id: int, name: str, step: Progress, *, now: datetime) -> bool:
        written.append(step.done)
        return real(job_id, name, step, now=now)

    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        for done in range(1, 101):
            time.seconds += 0.01
            yield Progress("counting", done, 101, b"state" if done == 33 else None)
        return dict

    does(steps)
    make.job("slow")
    monkeypatch.setattr(jobs, "progress", noted)
    worker.run_due()
    assert 33 in written
    assert len(written) == 5  # the first, the checkpoint, and each quarter of a second


def test_cancel_while_running(worker: Worker, does: Any) -> None:
    closed = []

    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        try:
            yield Progress("one", 1, 3, b"1")
            jobs.ask_cancel(job.id, by=COMMAND, now=NOON)
            yield Progress("two", 2, 3, b"2")
            pytest.fail("the worker went on after cancel")
        finally:
            closed.append(True)

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, job.result, closed) == ("cancelled", {}, [True])


def test_a_failure_in_words_is_shown(worker: Worker, does: Any) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 3)
        raise JobFailed("demo.csv, row 7, column age: found '-1', expected a whole number.")

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, job.failure) == (
        "failed",
        "demo.csv, row 7, column age: found '-1', expected a whole number.",
    )


def test_an_unknown_failure_is_logged_and_told_plainly(worker: Worker, does: Any, caplog: Any) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 3)
        raise ZeroDivisionError("secret detail")

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert job.state == "failed"
    assert f"job {job.pk}" in job.failure
    assert "secret detail" not in job.failure
    assert "secret detail" in caplog.text


def test_a_kind_nobody_knows(worker: Worker) -> None:
    job = make.job("unheard_of")
    worker.run_due()
    job.refresh_from_db()
    assert "does not know" in job.failure


def test_the_last_write_and_the_end_happen_together_or_not_at_all(worker: Worker, does: Any) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 1)

        def result() -> dict[str, Any]:
            audit.record(COMMAND, "last_write", "job", job.id, now=NOON)
            Job.objects.filter(pk=job.id).update(leased_by="second")  # taken over at the last moment
            return {"written": True}

        return result

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, job.result, job.leased_by) == ("running", {}, "first")  # all of it was taken back
    assert not AuditEntry.objects.filter(verb="last_write").exists()


def test_a_database_that_fails_costs_the_attempt_not_the_job(worker: Worker, does: Any, time: Time) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 2, b"1")
        if checkpoint is None:
            raise OperationalError("gone away")
        return lambda: {"from": checkpoint.decode()}

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert job.state == "running"
    time.seconds += 31
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == ("done", {"from": "1"}, 2)


def test_asked_to_stop_it_gives_the_job_back(worker: Worker, does: Any, time: Time) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 3, b"1")
        worker.interrupts.stop_asked = True
        yield from counts_to_three(job, b"1")

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert (job.state, job.attempts, bytes(job.checkpoint)) == ("queued", 0, b"2")
    does(counts_to_three)
    Worker(name="second", now=time.now, clock=time.clock).run_due()
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"began_after": 2})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, None),
        ({"cancel_asked_at": NOON}, Interrupted.CANCELLED),
        ({"leased_by": "second"}, Interrupted.LEASE_LOST),
    ],
)
def test_the_pulse_brings_news(
    worker: Worker, time: Time, monkeypatch: Any, fields: Any, told: str | None
) -> None:
    held = {"state": "running", "leased_by": "first", "lease_until": NOON, "attempts": 1}
    job = make.job("slow", **held | fields)
    heard: list[str] = []
    monkeypatch.setattr(worker.interrupts, "tell", heard.append)
    time.seconds = 5
    Pulse("first", now=time.now, interrupts=worker.interrupts).tick(job.pk)
    job.refresh_from_db()
    assert heard == ([told] if told else [])
    assert (job.lease_until == NOON + timedelta(seconds=35)) is (told != Interrupted.LEASE_LOST)


@pytest.mark.parametrize(
    ("why", "state"), [(Interrupted.CANCELLED, "cancelled"), (Interrupted.LEASE_LOST, "running")]
)
def test_news_ends_a_step_in_the_middle(worker: Worker, does: Any, why: str, state: str) -> None:
    def steps(job: Any, checkpoint: bytes | None) -> Iterator[Progress]:
        yield Progress("one", 1, 3)
        raise Interrupted(why)

    does(steps)
    job = make.job("slow")
    worker.run_due()
    job.refresh_from_db()
    assert job.state == state
