"""The job `rehearsal`: policies compared in the background, the report kept with its settings."""

import json
from collections.abc import Callable, Generator
from io import StringIO
from typing import Any

import make
import pytest
import rehearsal_reports
from django.core.management import call_command
from make import NOON

from engine.contracts import Progress, RehearsalReport, RehearsalSettings
from engine.simulate.rehearsal import RehearsalRefused
from service_provider.jobs import side_by_side
from service_provider.jobs.worker import Worker
from service_provider.models import AuditEntry, Job, Rehearsal
from service_provider.queries import rehearsals as rows
from service_provider.queries.access import COMMAND
from service_provider.services import jobs, rehearsals

pytestmark = pytest.mark.django_db
SMALL = RehearsalSettings(
    seeds=2,
    shoppers=200,
    days=7,
    policies=("none", "random", "published_rule", "uplift_rank"),
    training_points=2_000,
)
Rehearse = Callable[[RehearsalSettings], Generator[Progress, None, RehearsalReport]]


@pytest.fixture
def does(monkeypatch: Any) -> Callable[[Rehearse], None]:
    """`does(rehearse)` puts another rehearsal in the engine's place."""
    return lambda rehearse: monkeypatch.setattr(side_by_side, "rehearse", rehearse)


def run(settings: RehearsalSettings = SMALL) -> Job:
    job_id = rehearsals.start(settings, by=COMMAND, now=NOON)
    Worker(name="first", now=lambda: NOON, clock=lambda: 0.0).run_due()
    return Job.objects.get(pk=job_id)


def test_what_it_found_is_kept_with_its_settings(does: Any) -> None:
    does(rehearsal_reports.at_once)
    job = run()
    assert (job.state, job.failure) == ("done", "")
    kept = rows.find(job.result["rehearsal_id"])
    assert kept is not None
    assert (kept.settings, kept.report) == (SMALL, rehearsal_reports.report(SMALL))
    assert (kept.job_id, kept.by_label, kept.created_at) == (job.pk, "command", NOON)
    assert AuditEntry.objects.filter(verb="record_rehearsal", target_id=str(kept.id)).exists()


def test_a_real_rehearsal_finds_the_same_in_the_worker_and_on_a_terminal() -> None:
    job = run()
    assert (job.state, job.failure) == ("done", "")
    kept = Rehearsal.objects.get(pk=job.result["rehearsal_id"])
    assert list(kept.report["policies"]) == list(SMALL.policies)
    out = StringIO()
    told = {"seeds": 2, "shoppers": 200, "days": 7, "training_points": 2_000}
    call_command("rehearse", **told, policies=",".join(SMALL.policies), json=True, stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1]) == kept.report


def test_one_at_a_time(does: Any) -> None:
    first = rehearsals.start(SMALL, by=COMMAND, now=NOON)
    with pytest.raises(jobs.AlreadyRunning) as running:
        rehearsals.start(SMALL, by=COMMAND, now=NOON)
    assert running.value.job_id == first
    does(rehearsal_reports.at_once)
    Worker(name="first", now=lambda: NOON, clock=lambda: 0.0).run_due()
    assert rehearsals.start(SMALL, by=COMMAND, now=NOON) > first


def test_settings_that_cannot_be_rehearsed_are_refused_in_words(does: Any) -> None:
    def refuse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
        raise RehearsalRefused("Nobody would come in so few days.")
        yield

    does(refuse)
    job = run()
    assert (job.state, job.failure, job.live_key) == ("failed", "Nobody would come in so few days.", None)
    assert not Rehearsal.objects.exists()


def test_cancel_keeps_nothing(does: Any) -> None:
    def slow(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
        yield Progress("seed 1 of 2", 0, 2)
        jobs.ask_cancel(Job.objects.get().pk, by=COMMAND, now=NOON)
        yield Progress("seed 2 of 2", 1, 2)
        pytest.fail("the worker went on after cancel")

    does(slow)
    assert run().state == "cancelled"
    assert not Rehearsal.objects.exists()


def test_a_dead_workers_rehearsal_begins_again_and_finds_the_same(does: Any) -> None:
    does(rehearsal_reports.at_once)
    make.job(
        "rehearsal", state="running", leased_by="dead", lease_until=NOON.replace(hour=11), attempts=1,
        args=run().args,
    )  # fmt: skip
    Worker(name="second", now=lambda: NOON, clock=lambda: 0.0).run_due()
    first, second = Rehearsal.objects.all()
    assert first.report == second.report


def test_the_row_outlives_its_job(does: Any) -> None:
    does(rehearsal_reports.at_once)
    job = run()
    number = job.result["rehearsal_id"]
    job.delete()
    kept = rows.find(number)
    assert kept is not None
    assert kept.job_id is None


def test_the_estimate_grows_with_what_is_asked() -> None:
    small = rows.estimate_seconds(SMALL)
    for more in ({"seeds": 4}, {"shoppers": 400}, {"days": 14}):
        asked = {"seeds": 2, "shoppers": 200, "days": 7, "policies": SMALL.policies} | more
        assert rows.estimate_seconds(RehearsalSettings(**asked)) > small
