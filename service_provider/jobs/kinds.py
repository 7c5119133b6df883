"""Which kinds of work the worker knows, and what each of them must look like."""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any, Protocol

from django.utils.module_loading import import_string

from engine.contracts import Progress
from service_provider.queries.jobs import JobRow

JobResult = Callable[[], dict[str, Any]]
"""The last write of a job. The worker calls it in ONE transaction together with `services.jobs.finish`; what
it returns becomes the job's `result` (plain values only)."""

Steps = Generator[Progress, None, JobResult]


class Run(Protocol):
    def __call__(
        self,
        job: JobRow,
        *,
        checkpoint: bytes | None,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> Steps: ...


class JobFailed(Exception):
    """The work cannot be done; the text says in plain words why and what to do."""


def _lazily(path: str) -> Run:
    """The function at `path`, imported when its first job comes: a worker that exports needs no learners."""

    def run(
        job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
    ) -> Steps:
        found: Run = import_string(path)
        return found(job, checkpoint=checkpoint, now=now, clock=clock)

    return run


KINDS: dict[str, Run] = {
    "train_revenue": _lazily("service_provider.jobs.revenue.run"),
    "import_transactions": _lazily("service_provider.jobs.imports.run"),
    "import_events": _lazily("service_provider.jobs.event_import.run"),
    "import_catalogue": _lazily("service_provider.jobs.catalogue_import.run"),
    "export": _lazily("service_provider.jobs.exports.run"),
    "rehearsal": _lazily("service_provider.jobs.rehearsal.run"),
    "train_segments": _lazily("service_provider.jobs.learning.segments.run"),
    "assign_segments": _lazily("service_provider.jobs.learning.segments.run_assign"),
    "train_churn": _lazily("service_provider.jobs.learning.churn.run"),
    "watch_drift": _lazily("service_provider.jobs.learning.drift.run"),
    "retention": _lazily("service_provider.jobs.upkeep.retention.run"),
    "expire_coupons": _lazily("service_provider.jobs.coupons.expiry.run"),
    "clear_sessions": _lazily("service_provider.jobs.upkeep.sessions.run"),
    "attack_campaign": _lazily("service_provider.jobs.attack.run.run"),
}
