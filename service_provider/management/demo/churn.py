"""The demo's model of churn: climbed up to gradient boosting on the demo's own visits, and put to use."""

import time
from collections.abc import Callable
from datetime import datetime

from service_provider.jobs.learning import churn as job
from service_provider.management import terminal
from service_provider.queries import demo, schedules, serving
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import CHURN, SEGMENTS
from service_provider.services import audit, churn, learning, risk
from service_provider.services import schedules as schedule
from service_provider.services.learning import CannotPromote


def is_due(*, now: datetime) -> bool:
    """Whether no model was made yet, or the one in use is too old to be believed."""
    if not demo.has_churn():
        return True
    trained_at = serving.find_speakers(CHURN, segments=SEGMENTS).trained_at
    return trained_at is not None and risk.is_stale(trained_at, now=now)


def learn(*, now: Callable[[], datetime], tell: Callable[[str], object]) -> None:
    """Where there is too little to learn from, or a gate does not hold, says so and goes on."""
    try:
        material = job.from_ledger(now())
        training = terminal.watch(job.train(material, job.Wish(is_quick=True), clock=time.perf_counter))
        learning.promote(learning.record(training, by=COMMAND, now=now()), by=COMMAND, now=now())
    except (*job.UNFIT, CannotPromote) as refusal:
        tell(f"No model of churn was put to use: {refusal}")
    if demo.has_churn():
        return
    row = schedules.find(churn.TRAIN, now=now())
    if row is not None:  # the demo's provider lets it renew itself, so that it does not grow stale
        schedule.change(
            churn.TRAIN, is_on=row.is_on, minute=row.minute, may_promote=True, by=COMMAND, now=now()
        )
    audit.record(COMMAND, demo.LEARNT, "mall", 1, now=now())
