"""The worker: claims a job, walks its steps, stores how far it is, and ends it in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from engine.contracts import Progress
from service_provider.jobs.coupons import expiry, mails
from service_provider.jobs.interrupts import Interrupted, Interrupts
from service_provider.jobs.kinds import KINDS, JobFailed, JobResult, Steps
from service_provider.jobs.pulse import Pulse
from service_provider.queries import jobs as job_rows
from service_provider.queries.jobs import JobRow
from service_provider.services import jobs, schedules, upkeep

log = logging.getLogger(__name__)
WRITE_EVERY = 0.25  # seconds between two writes of progress; checkpoints and new stages are written at once
LOOK_EVERY = 20.0  # seconds between two looks at the schedule
SWEEP_EVERY = 60.0  # seconds between two looks for coupons whose time is over
TELL_EVERY = 30.0  # seconds between two looks for coupons that somebody is to be told of


@dataclass
class Worker:
    """One worker process. `pulse` renews the lease while a long step runs; tests do without."""

    name: str
    now: Callable[[], datetime]
    clock: Callable[[], float]
    interrupts: Interrupts = field(default_factory=Interrupts)
    pulse: Pulse | None = None
    _looked_at: float = float("-inf")
    _swept_at: float = float("-inf")
    _told_at: float = float("-inf")

    def loop(self, *, poll: float = 1.0, wait: Event | None = None) -> None:
        """Works until it is told to stop; a database that is away for a while does not end it."""
        idle = wait or Event()
        while not self.interrupts.stop_asked:
            try:
                close_old_connections()
                jobs.beat(self.name, now=self.now())
                upkeep.write_back()
                self.look_at_schedule()
                self.end_coupons()
                self.tell_of_coupons()
                worked = self.run_next()
            except (OperationalError, InterfaceError):
                log.exception("the database does not answer; trying again")
                worked = False
            if not worked:
                self._rest(idle, poll)

    def look_at_schedule(self) -> None:
        """Queues what begins by itself, as soon as its time of day is there."""
        if self.clock() - self._looked_at >= LOOK_EVERY:
            schedules.start_due(self.now())
            self._looked_at = self.clock()

    def end_coupons(self) -> None:
        """Gives campaigns back within minutes what coupons no longer need, also while a long job runs."""
        if self.clock() - self._swept_at >= SWEEP_EVERY:
            self._swept_at = self.clock()
            if ended := expiry.sweep(self.now()):
                log.info("%s coupons ended", ended)

    def tell_of_coupons(self) -> None:
        """Mails those who asked for it, while the news is fresh."""
        if self.clock() - self._told_at >= TELL_EVERY:
            self._told_at = self.clock()
            if told := mails.sweep(self.now()):
                log.info("%s mails about coupons sent", told)

    def _rest(self, idle: Event, poll: float) -> None:
        try:
            with self.interrupts.allowed():
                idle.wait(poll)
        except Interrupted:
            return

    def run_due(self) -> int:
        """Runs what is due now, one after the other, and says how many jobs that were."""
        count = 0
        while not self.interrupts.stop_asked and self.run_next():
            count += 1
        return count

    def run_next(self) -> bool:
        """Claims one job and runs it to its end; False when nothing is due."""
        job_id = jobs.claim(self.name, now=self.now())
        if job_id is None:
            return False
        job = job_rows.find(job_id)
        if job is None:
            return False
        log.info("job %s (%s): attempt %s", job.id, job.kind, job.attempts)
        if self.pulse is None:
            self._attempt(job)
        else:
            with self.pulse.of(job.id):
                self._attempt(job)
        return True

    def _attempt(self, job: JobRow) -> None:
        """Every way a job may end or be given back is named here."""
        try:
            self._work(job)
        except jobs.LeaseLost:
            log.warning("job %s: another worker has it now; nothing more is written", job.id)
        except (OperationalError, InterfaceError):
            log.exception(
                "job %s: the database failed; the lease runs out and the job goes on from its checkpoint",
                job.id,
            )
        except JobFailed as failure:
            self._fail(job, str(failure))
        except Exception:  # noqa: BLE001 - the trace is for the log, the person gets a sentence
            log.exception("job %s (%s) failed", job.id, job.kind)
            self._fail(
                job,
                f"Something went wrong that we did not foresee. The details are in the worker's log "
                f"under job {job.id}; show them to whoever runs this site.",
            )

    def _fail(self, job: JobRow, text: str) -> None:
        try:
            jobs.fail(job.id, self.name, failure=text, now=self.now())
        except jobs.LeaseLost:
            log.warning("job %s: failed, but another worker has it now", job.id)

    def _work(self, job: JobRow) -> None:
        if job.cancel_asked:
            jobs.stop_cancelled(job.id, self.name, now=self.now())
            return
        run = KINDS.get(job.kind)
        if run is None:
            raise JobFailed(
                f"This worker does not know the work {job.kind!r}. Update the worker and start again."
            )
        steps = run(job, checkpoint=job_rows.get_checkpoint(job.id), now=self.now, clock=self.clock)
        try:
            result = self._walk(job, steps)
        except Interrupted as interrupted:
            self._give_up(job, interrupted)
            return
        finally:
            steps.close()
        if result is None:
            jobs.stop_cancelled(job.id, self.name, now=self.now())
            return
        with transaction.atomic():
            jobs.finish(job.id, self.name, result=result(), now=self.now())
        log.info("job %s (%s): done", job.id, job.kind)

    def _give_up(self, job: JobRow, interrupted: Interrupted) -> None:
        if interrupted.why == Interrupted.CANCELLED:
            jobs.stop_cancelled(job.id, self.name, now=self.now())
        elif interrupted.why == Interrupted.LEASE_LOST:
            raise jobs.LeaseLost(job.id)
        else:
            jobs.release(job.id, self.name, now=self.now())
            log.info("job %s: put back, another worker goes on from its checkpoint", job.id)

    def _walk(self, job: JobRow, steps: Steps) -> JobResult | None:
        """The job's result, or None when somebody asked to cancel."""
        written_at, stage = float("-inf"), ""
        state: bytes | None = None
        while True:
            step = self._advance(steps)
            if not isinstance(step, Progress):
                return step
            self.end_coupons()
            self.tell_of_coupons()
            moment = self.clock()
            news = step.stage != stage or (step.state is not None and step.state != state)
            due = news or moment - written_at >= WRITE_EVERY
            if due or step.done == step.total:
                if jobs.progress(job.id, self.name, step, now=self.now()):
                    return None
                written_at, stage, state = moment, step.stage, step.state

    def _advance(self, steps: Steps) -> Progress | JobResult:
        with self.interrupts.allowed():
            try:
                return next(steps)
            except StopIteration as end:
                result: JobResult = end.value
                return result
