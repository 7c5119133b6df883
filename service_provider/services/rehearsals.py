"""Rehearsals: started by a person, kept when they are done."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from engine.contracts import RehearsalReport, RehearsalSettings
from service_provider.models import Rehearsal
from service_provider.queries.access import Actor
from service_provider.queries.rehearsals import JOB_KIND
from service_provider.services import audit, jobs


def start(settings: RehearsalSettings, *, by: Actor, now: datetime) -> int:
    """Queues a rehearsal and returns its job's id. jobs.AlreadyRunning while another one is live."""
    return jobs.start(JOB_KIND, args=_plain(settings), by=by, now=now, live_key=JOB_KIND)


@transaction.atomic
def record(report: RehearsalReport, *, job_id: int | None, by: Actor, now: datetime) -> int:
    """Keeps what a rehearsal found and returns the row's id."""
    row = Rehearsal.objects.create(
        settings=_plain(report.settings),
        report=report.to_json(),
        job_id=job_id,
        by_id=by.user_id,
        by_label=by.label,
        created_at=now,
    )
    audit.record(by, "record_rehearsal", "rehearsal", row.pk, now=now)
    return row.pk


def _plain(settings: RehearsalSettings) -> dict[str, object]:
    return asdict(settings) | {"policies": list(settings.policies)}
