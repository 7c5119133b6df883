"""Jobs as the pages and the worker see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_provider.models import Job

LIVE = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class JobRow:
    id: int
    kind: str
    args: dict[str, Any]
    state: str
    stage: str
    done: int
    total: int
    cancel_asked: bool
    attempts: int
    result: dict[str, Any]
    failure: str
    by_id: int | None
    by_label: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 0

    def seconds_left(self, now: datetime) -> int | None:
        """A straight line from what has been done; None before there is anything to go by."""
        if self.state != Job.State.RUNNING or not self.started_at or not 0 < self.done < self.total:
            return None
        return round((now - self.started_at).total_seconds() * (self.total - self.done) / self.done)


def _row(job: Job) -> JobRow:
    return JobRow(
        job.pk, job.kind, job.args, job.state, job.stage, job.done, job.total, job.cancel_asked_at is not None,
        job.attempts, job.result, job.failure, job.by_id, job.by_label, job.created_at, job.started_at, job.finished_at,
    )  # fmt: skip


def find(job_id: int) -> JobRow | None:
    job = Job.objects.defer("checkpoint").filter(pk=job_id).first()
    return _row(job) if job else None


def list_newest(*, kind: str, limit: int = 20) -> tuple[JobRow, ...]:
    return tuple(_row(job) for job in Job.objects.defer("checkpoint").filter(kind=kind).order_by("-pk")[:limit])


def get_checkpoint(job_id: int) -> bytes | None:
    state = Job.objects.values_list("checkpoint", flat=True).get(pk=job_id)
    return bytes(state) if state is not None else None
