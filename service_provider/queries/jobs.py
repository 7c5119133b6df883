"""Jobs as the pages and the worker see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_provider.models import Job, Worker
from service_provider.queries.access import Actor, may
from service_provider.queries.health import SILENT_AFTER
from service_provider.queries.page import SIZE, Page, cut

LIVE = (Job.State.QUEUED, Job.State.RUNNING)
TITLES = {
    "train_revenue": "Training of the revenue type",
    "import_transactions": "Import of transactions",
    "import_events": "Import of events",
    "import_catalogue": "Import of a catalogue",
    "export": "Download",
    "rehearsal": "Rehearsal",
    "train_segments": "Training of segments",
    "assign_segments": "Assigning shoppers to segments",
    "train_churn": "Training of the churn ladder",
    "watch_drift": "Watch over drift",
    "retention": "Removal of old events",
    "expire_coupons": "Ending of coupons",
    "clear_sessions": "Sweeping out of sessions",
    "attack_campaign": "Attack on a rehearsal campaign",
}


def title(kind: str) -> str:
    return TITLES.get(kind, kind.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class JobRow:
    id: int
    kind: str
    args: dict[str, Any]
    state: str
    stage: str
    done: int
    total: int
    done_before: int
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
        """0 to 100; full only when the job is done."""
        if self.state == Job.State.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def state_label(self) -> str:
        return Job.State(self.state).label

    @property
    def title(self) -> str:
        return title(self.kind)

    def seconds_left(self, now: datetime) -> int | None:
        """A straight line from what this attempt has done; None before there is anything to go by."""
        gained = self.done - self.done_before
        if self.state != Job.State.RUNNING or not self.started_at or gained <= 0:
            return None
        return round((now - self.started_at).total_seconds() * max(0, self.total - self.done) / gained)


def _row(job: Job) -> JobRow:
    return JobRow(
        job.pk, job.kind, job.args, job.state, job.stage, job.done, job.total, job.done_before,
        job.cancel_asked_at is not None, job.attempts, job.result, job.failure, job.by_id,
        job.by_label, job.created_at, job.started_at, job.finished_at,
    )  # fmt: skip


def find(job_id: int) -> JobRow | None:
    job = Job.objects.defer("checkpoint").filter(pk=job_id).first()
    return _row(job) if job else None


def list_newest(*, kind: str, limit: int = 20) -> tuple[JobRow, ...]:
    return tuple(
        _row(job) for job in Job.objects.defer("checkpoint").filter(kind=kind).order_by("-pk")[:limit]
    )


def list_page(*, kinds: Sequence[str], number: int = 1, size: int = SIZE) -> Page[JobRow]:
    """Page `number` of the jobs of these kinds, newest first."""
    found = Job.objects.defer("checkpoint").filter(kind__in=kinds).order_by("-pk")
    return cut(found, number, _row, size=size)


def find_live(*, live_key: str) -> JobRow | None:
    """The one job of this sort that waits or runs."""
    job = Job.objects.defer("checkpoint").filter(live_key=live_key).first()
    return _row(job) if job else None


def get_checkpoint(job_id: int) -> bytes | None:
    state = Job.objects.values_list("checkpoint", flat=True).get(pk=job_id)
    return bytes(state) if state is not None else None


def may_cancel(job: JobRow, actor: Actor) -> bool:
    """Who may train, and whoever started the job."""
    return may(actor, "train").allowed or (job.by_id is not None and job.by_id == actor.user_id)


def is_worker_alive(*, now: datetime) -> bool:
    """Whether any worker has given a sign of life lately."""
    return Worker.objects.filter(beat_at__gte=now - SILENT_AFTER).exists()
