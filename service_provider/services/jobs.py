"""Long work as rows: started by a face, claimed under a lease, cancelled, taken over after a crash."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from engine.contracts import Progress
from service_provider.models import Job, Worker
from service_provider.queries.access import Actor
from service_provider.services import audit

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=5)
MAX_ATTEMPTS = 3
_TIMES = {1: "once", 2: "twice", 3: "three times"}
FORGET_WORKER = timedelta(days=1)
State = Job.State


class AlreadyRunning(Exception):
    """A job of this sort is live already; its id is `job_id`."""

    def __init__(self, job_id: int | None) -> None:
        super().__init__("The same work is already under way. Wait for it or cancel it.")
        self.job_id = job_id


class LeaseLost(Exception):
    """Another worker has taken the job over; this one must stop and write nothing more."""


def start(kind: str, *, args: dict[str, Any], by: Actor, now: datetime, live_key: str | None = None) -> int:
    """Queues a job and returns its id. With a `live_key`, a second live job of that key is AlreadyRunning."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                args=args,
                live_key=live_key,
                due_at=now,
                created_at=now,
                by_id=by.user_id,
                by_label=by.label,
            )
            audit.record(by, "start_job", "job", job.pk, now=now, detail={"kind": kind, "args": args})
            return job.pk
    except IntegrityError:
        if live_key is None:
            raise
        running = Job.objects.filter(live_key=live_key).values_list("pk", flat=True).first()
        raise AlreadyRunning(running) from None


def claim(worker: str, *, now: datetime) -> int | None:
    """Takes the oldest due job, or one whose worker let its lease run out. None when there is nothing."""
    _bury(now)
    free = Q(state=State.QUEUED, due_at__lte=now) | _abandoned(now)
    for job_id in Job.objects.filter(free).order_by("due_at", "pk").values_list("pk", flat=True)[:10]:
        taken = Job.objects.filter(free, pk=job_id).update(
            state=State.RUNNING,
            leased_by=worker,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
            started_at=now,
            done_before=F("done"),
        )
        if taken:
            return job_id
    return None


def _abandoned(now: datetime) -> Q:
    """Running by name, but its worker has not renewed the lease in time."""
    return Q(state=State.RUNNING, lease_until__lt=now)


def _bury(now: datetime) -> None:
    """Ends abandoned jobs that nobody shall take up again: cancelled ones, and killers of their workers."""
    ended = {"live_key": None, "lease_until": None, "checkpoint": None, "finished_at": now}
    abandoned = Job.objects.filter(_abandoned(now))
    abandoned.filter(cancel_asked_at__isnull=False).update(state=State.CANCELLED, **ended)
    for job_id, stage in abandoned.filter(attempts__gte=MAX_ATTEMPTS).values_list("pk", "stage"):
        failure = (
            f"The worker died {_TIMES[MAX_ATTEMPTS]} while it was at “{stage or 'the start'}”, so the work "
            "was given up. Most often the machine ran out of memory: try a smaller file, or show the log "
            "of the worker to whoever runs this site."
        )
        abandoned.filter(pk=job_id).update(state=State.FAILED, failure=failure, **ended)


def _held(job_id: int, worker: str) -> QuerySet[Job]:
    return Job.objects.filter(pk=job_id, state=State.RUNNING, leased_by=worker)


def _cancel_asked(job_id: int) -> bool:
    return Job.objects.filter(pk=job_id, cancel_asked_at__isnull=False).exists()


def renew(job_id: int, worker: str, *, now: datetime) -> bool:
    """Keeps the lease; True when somebody asked to cancel. LeaseLost where another worker holds the job."""
    if not _held(job_id, worker).update(lease_until=now + LEASE):
        raise LeaseLost(job_id)
    return _cancel_asked(job_id)


def release(job_id: int, worker: str, *, now: datetime) -> None:
    """Puts the job back for another worker to go on from its checkpoint; the attempt does not count."""
    given_back = _held(job_id, worker).update(
        state=State.QUEUED, leased_by="", lease_until=None, due_at=now, attempts=F("attempts") - 1
    )
    if not given_back:
        raise LeaseLost(job_id)


def progress(job_id: int, worker: str, step: Progress, *, now: datetime) -> bool:
    """Stores how far the work is and renews the lease; True when somebody asked to cancel."""
    changes: dict[str, Any] = {
        "stage": step.stage,
        "done": step.done,
        "total": step.total,
        "lease_until": now + LEASE,
    }
    if step.state is not None:
        changes["checkpoint"] = step.state
    if not _held(job_id, worker).update(**changes):
        raise LeaseLost(job_id)
    return _cancel_asked(job_id)


def finish(job_id: int, worker: str, *, result: dict[str, Any], now: datetime) -> None:
    """The work is done. Call it in the same transaction as the last write, so that both happen or neither."""
    _end(job_id, worker, State.DONE, now=now, result=result, done=F("total"))


def fail(job_id: int, worker: str, *, failure: str, now: datetime) -> None:
    """The work failed; `failure` says in words what happened and what to do."""
    _end(job_id, worker, State.FAILED, now=now, failure=failure)


def stop_cancelled(job_id: int, worker: str, *, now: datetime) -> None:
    _end(job_id, worker, State.CANCELLED, now=now)


def _end(job_id: int, worker: str, state: str, *, now: datetime, **changes: Any) -> None:
    ended = _held(job_id, worker).update(
        state=state, live_key=None, lease_until=None, checkpoint=None, finished_at=now, **changes
    )
    if not ended:
        raise LeaseLost(job_id)


def ask_cancel(job_id: int, *, by: Actor, now: datetime) -> bool:
    """Stops a live job: one nobody works on at once, a running one at its next step. False: it had ended."""
    with transaction.atomic():
        nobodys = Q(state=State.QUEUED) | _abandoned(now)
        stopped = Job.objects.filter(nobodys, pk=job_id).update(
            state=State.CANCELLED,
            live_key=None,
            lease_until=None,
            checkpoint=None,
            cancel_asked_at=now,
            finished_at=now,
        )
        running = Job.objects.filter(pk=job_id, state=State.RUNNING, cancel_asked_at__isnull=True)
        asked = bool(stopped or running.update(cancel_asked_at=now))
        if asked:
            audit.record(by, "cancel_job", "job", job_id, now=now)
        return asked


def beat(worker: str, *, now: datetime) -> None:
    """A worker's sign of life, read by /health/ready; workers silent for a day are forgotten."""
    if Worker.objects.filter(name=worker).update(beat_at=now):
        return
    Worker.objects.update_or_create(
        name=worker, defaults={"beat_at": now}, create_defaults={"beat_at": now, "started_at": now}
    )
    Worker.objects.filter(beat_at__lt=now - FORGET_WORKER).delete()
