"""The job `rehearsal`: settings in, policies compared in the simulated mall, a report kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.simulate.rehearsal import RehearsalRefused
from service_provider.jobs import side_by_side
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.queries.rehearsals import settings_of
from service_provider.services import rehearsals


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """Its arguments are the fields of RehearsalSettings. A worker that dies costs the rehearsal so far."""
    try:
        report = yield from side_by_side.rehearse(settings_of(job.args))
    except (RehearsalRefused, side_by_side.CrewLost) as refusal:
        raise JobFailed(str(refusal)) from refusal
    by = Actor(label=job.by_label, user_id=job.by_id)

    def record() -> dict[str, Any]:
        return {"rehearsal_id": rehearsals.record(report, job_id=job.id, by=by, now=now())}

    result: JobResult = record
    return result
