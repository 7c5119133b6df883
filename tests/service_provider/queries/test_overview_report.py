from datetime import UTC, date, datetime, timedelta

import make
import pytest

from service_provider.models import Mall
from service_provider.queries.reports import outcomes, overview

pytestmark = pytest.mark.django_db


def test_days_are_the_malls_own() -> None:
    Mall.objects.create(pk=1, zone="Asia/Tokyo")
    version = make.model_version(1, live=True)
    now = datetime(2026, 5, 20, 16, 0, tzinfo=UTC)  # 01:00 on the 21st in Tokyo
    for at in (
        now - timedelta(minutes=59),
        now - timedelta(minutes=61),
        now - timedelta(days=6, minutes=59),
        now - timedelta(days=7),
    ):
        make.prediction(version, created_at=at)
    found = overview.get(now=now)
    assert found.today == 1
    assert found.week == 3
    assert found.high.total == 4


def test_a_model_grows_stale_on_the_day_the_settings_say() -> None:
    Mall.objects.create(pk=1, model_stale_days=10)
    make.model_version(1, live=True)
    assert not overview.get(now=make.NOON + timedelta(days=10)).is_stale
    assert overview.get(now=make.NOON + timedelta(days=10, seconds=1)).is_stale


def test_live_jobs_are_shown_and_ended_ones_are_not() -> None:
    make.job(state="running", done=1, total=4, stage="Fitting")
    make.job(state="done")
    make.job(state="failed")
    jobs = overview.get(now=make.NOON).jobs
    assert [(job.kind, job.state, job.percent, job.stage) for job in jobs] == [
        ("train revenue", "Running", 25, "Fitting")
    ]


def test_outcomes_stand_by_month_beside_their_majority() -> None:
    version = make.model_version(1, live=True)
    for result, actual in ((1, 1), (1, 1), (1, 0), (0, 1)):
        make.prediction(version, result=result, actual=actual, invoice_date=date(2026, 4, 30))
    make.prediction(version, actual=1, invoice_date=date(2026, 5, 1))
    make.prediction(version, invoice_date=date(2026, 5, 2))  # not known yet
    april, may = outcomes.by_month(enough=2)
    assert (april.month, april.right.hits, april.right.total) == (date(2026, 4, 1), 2, 4)
    assert april.majority.rate == 0.75
    assert (may.right.total, may.right.rate, may.majority.rate) == (1, None, None)
