"""Trainings of the churn ladder as jobs: asked for, walked by a worker, and one that takes no time."""

from datetime import timedelta
from functools import cache
from typing import Any

import churn_logs
from small_mall import NOW

from engine.churn import fit
from engine.churn.fit import LadderSettings, Trained
from service_provider.jobs.worker import Worker
from service_provider.queries import jobs as job_rows
from service_provider.queries.access import SCHEDULE, Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import churn, jobs

PETRA = Actor(label="petra", role="provider")
SOON = NOW + timedelta(hours=1)
SHIPPED = ("b4", "b5", "b7")


@cache
def once() -> Trained:
    settings = LadderSettings(rungs=("b0",), extra=1, bags=1)
    log = churn_logs.mall().log
    return real(log, seed=0, clock=churn_logs.Ticking(), settings=settings, until_ms=2**62)


_train = fit.train


def real(*given: Any, **wish: Any) -> Trained:
    steps = _train(*given, **wish)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Trained = end.value
            return found


def work(job_id: int, *, now: Any = SOON) -> JobRow:
    Worker("a worker", now=lambda: now, clock=_Still()).run_due()
    found = job_rows.find(job_id)
    assert found is not None
    return found


class _Still:
    """A clock of which a look takes a tenth of a millisecond."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 1e-4
        return self.at


def train(**wish: Any) -> JobRow:
    return work(churn.start_training(by=PETRA, now=NOW, **wish))


def by_itself() -> JobRow:
    return work(jobs.start(churn.TRAIN, args={}, by=SCHEDULE, now=NOW, live_key=churn.TRAIN))
