"""The demo's models of churn: climbed up to gradient boosting on its own visits, with the nets that ship beside, each a
version of its own; what the ladder's rule chose is put to use where its gates hold."""

import time
from collections.abc import Callable
from datetime import datetime

from engine.churn.fit import Trained
from service_provider.jobs.learning import churn as job
from service_provider.management import terminal
from service_provider.queries import demo, schedules, serving
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import CHURN, SEGMENTS
from service_provider.services import audit, churn, learning, risk
from service_provider.services import schedules as schedule
from service_provider.services.learning import CannotPromote

Now = Callable[[], datetime]
Tell = Callable[[str], object]


def is_due(*, now: datetime) -> bool:
    """Whether no model was made yet, the nets are not among them, or the one in use is too old to be believed."""
    return not demo.has_churn() or not demo.has_nets() or _is_stale(now)


def _is_stale(now: datetime) -> bool:
    trained_at = serving.find_speakers(CHURN, segments=SEGMENTS).trained_at
    return trained_at is not None and risk.is_stale(trained_at, now=now)


def learn(*, now: Now, tell: Tell) -> None:
    """Where there is too little to learn from, or a gate does not hold, says so and goes on."""
    try:
        material = job.from_ledger(now())
        found = terminal.watch(job.climb(material, job.Wish(is_quick=True), clock=time.perf_counter))
        _keep(found, name=material.name, now=now, tell=tell)
    except job.UNFIT as refusal:
        tell(f"No model of churn was put to use: {refusal}")
    if not demo.has_churn():
        _allow(now())
        audit.record(COMMAND, demo.LEARNT, "mall", 1, now=now())
    if not demo.has_nets():
        audit.record(COMMAND, demo.NETS, "mall", 1, now=now())


def _keep(found: Trained, *, name: str, now: Now, tell: Tell) -> None:
    """First what learnt here, then the nets, what was chosen last: each is measured beside what is in use then."""
    nets, _ = job.shelf()
    is_needed = not demo.has_churn() or _is_stale(now())
    others = () if demo.has_nets() else found.beside
    ranked = sorted([*others, found], key=lambda one: (one.report.chosen in nets, one is found))
    if not is_needed:  # somebody's version is in use and young: the nets come beside it
        ranked = [one for one in ranked if one.report.chosen in nets]
    may = is_needed or schedules.may_promote(churn.TRAIN)
    for one in ranked:
        training = job.measure(one, name=name, seed=0, clock=time.perf_counter)
        version_id = learning.record(training, by=COMMAND, now=now())
        if may and (one is found or one.report.chosen not in nets):
            _promote(version_id, now=now(), tell=tell)


def _promote(version_id: int, *, now: datetime, tell: Tell) -> None:
    try:
        learning.promote(version_id, by=COMMAND, now=now)
    except CannotPromote as refusal:
        tell(f"The model of churn was not put to use: {refusal}")


def _allow(now: datetime) -> None:
    """The demo's provider lets it renew itself, so that it does not grow stale."""
    row = schedules.find(churn.TRAIN, now=now)
    if row is not None:
        schedule.change(
            churn.TRAIN, is_on=row.is_on, minute=row.minute, may_promote=True, by=COMMAND, now=now
        )
