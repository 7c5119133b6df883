"""Coupons attacked on purpose, at the push of a button: in the background, one attack at a time."""

from datetime import datetime

from service_provider.queries.access import Actor, require
from service_provider.queries.attacks import JOB_KIND
from service_provider.services import jobs


def start(*, by: Actor, now: datetime) -> int:
    """Queues an attack on rehearsal campaigns of its own and returns the job's id. jobs.AlreadyRunning."""
    require(by, "manage_campaigns")
    return jobs.start(JOB_KIND, args={}, by=by, now=now, live_key=JOB_KIND)
