"""A thread that keeps the lease and the worker's sign of life while one step takes minutes."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

from django.db import DatabaseError, connections

from service_provider.jobs.interrupts import Interrupted, Interrupts
from service_provider.services import jobs, upkeep

log = logging.getLogger(__name__)


class Pulse:
    """Beats every five seconds while a job runs, on a database connection of its own."""

    def __init__(self, worker: str, *, now: Callable[[], datetime], interrupts: Interrupts) -> None:
        self._worker = worker
        self._now = now
        self._interrupts = interrupts

    @contextmanager
    def of(self, job_id: int) -> Iterator[None]:
        ended = Event()
        thread = Thread(target=self._beat, args=(job_id, ended), name=f"pulse of job {job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._interrupts.why = None  # news of this job must not end the next one

    def _beat(self, job_id: int, ended: Event) -> None:
        try:
            while not ended.wait(jobs.RENEW_EVERY.total_seconds()):
                self.tick(job_id)
        finally:
            connections.close_all()

    def tick(self, job_id: int) -> None:
        """One beat; tells the main thread when the job was cancelled or taken over."""
        try:
            jobs.beat(self._worker, now=self._now())
            upkeep.write_back()
            if jobs.renew(job_id, self._worker, now=self._now()):
                self._interrupts.tell(Interrupted.CANCELLED)
        except jobs.LeaseLost:
            self._interrupts.tell(Interrupted.LEASE_LOST)
        except DatabaseError:
            log.exception("the pulse of job %s could not reach the database; trying again", job_id)
            connections.close_all()
