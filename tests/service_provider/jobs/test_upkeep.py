"""What the worker does by itself: it looks at the schedule, and sweeps out sessions."""

from datetime import timedelta

import make
import pytest
from django.contrib.sessions.models import Session

from service_provider.jobs import worker as workers
from service_provider.jobs.worker import Worker
from service_provider.models import Job
from service_provider.services import schedules, sessions

pytestmark = pytest.mark.django_db


class Stops:
    """A rest in which the worker is told to stop after some rounds; `clock` moves with each."""

    def __init__(self, rounds: int, *, step: float) -> None:
        self.left, self.step, self.seconds = rounds, step, 0.0

    def wait(self, _: float) -> None:
        self.left -= 1
        self.seconds += self.step
        self.worker.interrupts.stop_asked = self.left <= 0


@pytest.mark.parametrize(("step", "looks"), [(1.0, 1), (10.0, 2), (30.0, 4)], ids=str)
def test_the_worker_looks_at_the_schedule_every_twenty_seconds(
    step: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(schedules, "start_due", lambda now: seen.append(now) or [])
    monkeypatch.setattr(workers, "close_old_connections", lambda: None)
    rest = Stops(4, step=step)
    rest.worker = Worker("first", now=lambda: make.NOON, clock=lambda: rest.seconds)
    rest.worker.loop(wait=rest)
    assert len(seen) == looks


def test_sessions_that_have_ended_are_swept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AT_ONCE", 2)
    for number in range(5):
        Session.objects.create(
            session_key=f"old-{number}", expire_date=make.NOON - timedelta(days=number, seconds=1)
        )
    Session.objects.create(session_key="new", expire_date=make.NOON + timedelta(seconds=1))
    make.job("clear_sessions")
    assert Worker("first", now=lambda: make.NOON, clock=lambda: 0.0).run_due() == 1
    job = Job.objects.get()
    assert (job.state, job.result, job.done) == ("done", {"sessions": 5}, 5)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
