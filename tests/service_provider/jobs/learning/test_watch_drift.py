"""The watch over drift: what moved raises an alarm with its cost, and what is well again closes it."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import churn_logs
import coupon_makers as made
import make
import numpy as np
import pytest
import risk_models
from shop_events import NOW, sent

from engine.churn.watch import drift
from engine.contracts import KINDS
from service_provider.jobs.worker import Worker
from service_provider.models import Alarm, Event, ModelVersion, RiskScore, Visit
from service_provider.queries import jobs as job_rows
from service_provider.queries import risk_outcomes, training_data
from service_provider.queries.access import SCHEDULE
from service_provider.queries.jobs import JobRow
from service_provider.queries.training_data import TrainingData
from service_provider.services import intake, jobs
from service_provider.services.intake import Batch

pytestmark = pytest.mark.django_db
LOG = churn_logs.mall().log
LAST = datetime.fromtimestamp(int(LOG.at_ms.max()) / 1000, UTC) + timedelta(hours=1)


@cache
def reference() -> dict[str, Any]:
    found = risk_models.trained()
    rows = found.test.moment >= 0
    return drift.reference(found.said[rows], found.test.aggregates[rows])


@pytest.fixture(autouse=True)
def visits(monkeypatch: Any) -> None:
    data = TrainingData(LOG, LOG.visits, len(LOG.visit), 0)
    monkeypatch.setattr(training_data, "read", lambda *_, **__: data)


def live(**fields: Any) -> ModelVersion:
    given = {"reference": reference(), "created_at": LAST - timedelta(hours=2)}
    return risk_models.told_version(live=True, **given | fields)


def watch(*, now: datetime = LAST) -> JobRow:
    job_id = jobs.start("watch_drift", args={}, by=SCHEDULE, now=now, live_key="watch_drift")
    Worker("a worker", now=lambda: now, clock=lambda: 0.0).run_due()
    found = job_rows.find(job_id)
    assert found is not None
    assert found.state == "done", found.failure
    return found


def standing() -> list[str]:
    return sorted(Alarm.objects.exclude(live_kind=None).values_list("kind", flat=True))


def moved_reference() -> dict[str, Any]:
    """A test whose visits were longer, and dearer."""
    found = risk_models.trained()
    return drift.reference(found.said, found.test.aggregates * 3)


def test_visits_like_those_of_the_test_raise_nothing() -> None:
    live()
    told = watch().result["told"]

    assert "Visits look as they did" in told
    assert standing() == []


def test_visits_that_look_different_raise_an_alarm_that_says_what_and_what_to_do() -> None:
    live(reference=moved_reference())
    watch()
    alarm = Alarm.objects.get()

    assert (alarm.kind, alarm.live_kind, alarm.raised_at) == ("churn_drift", "churn_drift", LAST)
    assert "events (" in alarm.text
    assert "Train the churn ladder anew" in alarm.text
    assert "No campaign goes by the risk, so that it costs nothing yet." in alarm.text
    assert alarm.cost_minor == 0
    assert alarm.detail["index"]["events"] > 0.25


def test_the_same_alarm_is_raised_once_and_closed_when_all_is_well_again() -> None:
    version = live(reference=moved_reference())
    watch()
    watch(now=LAST + timedelta(minutes=5))
    assert Alarm.objects.count() == 1

    ModelVersion.objects.filter(pk=version.pk).update(reference=reference())
    watch(now=LAST + timedelta(minutes=10))
    alarm = Alarm.objects.get()
    assert (alarm.live_kind, alarm.closed_by, alarm.closed_at) == (
        None, "well again", LAST + timedelta(minutes=10),
    )  # fmt: skip


def test_an_old_model_raises_an_alarm() -> None:
    live(created_at=LAST - timedelta(hours=37))
    watch()

    assert standing() == ["churn_stale"]
    assert "older than 36 hours" in Alarm.objects.get().text


def test_without_a_model_there_is_nothing_to_watch() -> None:
    assert "No model of churn is in use" in watch().result["told"]


def test_what_goes_by_the_risk_has_its_cost(monkeypatch: Any) -> None:
    live(reference=moved_reference())
    monkeypatch.setattr(risk_outcomes, "at_stake", lambda **_: risk_outcomes.AtStake(2, 12_345))
    watch()
    assert Alarm.objects.get().cost_minor == 12_345
    assert "took off €123.45 in these seven days" in Alarm.objects.get().text

    monkeypatch.setattr(risk_outcomes, "at_stake", lambda **_: risk_outcomes.AtStake(2, 0))
    watch(now=LAST + timedelta(minutes=1))
    assert Alarm.objects.get().cost_minor is None
    assert "cannot be said" in Alarm.objects.get().text


def test_risks_that_do_not_come_true_raise_an_alarm(monkeypatch: Any) -> None:
    version = live()
    chance = np.random.default_rng(1)
    churn = chance.uniform(0.05, 0.95, 2_000)
    left = (chance.random(2_000) < 0.5 + 0.3 * (churn - 0.5)).astype(np.int8)
    came = risk_outcomes.Outcomes(churn, left, np.arange(2_000))
    monkeypatch.setattr(risk_outcomes, "outcomes", lambda *_, **__: came)
    watch()

    assert standing() == ["churn_calibration"]
    assert "too sure" in Alarm.objects.get().text
    assert version.number == 1


def test_too_few_visits_say_nothing_and_close_nothing() -> None:
    live()
    make.alarm("churn_drift")
    make.alarm("churn_calibration")
    told = watch(now=LAST + timedelta(days=30)).result["told"]

    assert "too few to tell" in told
    assert "Too few visits have ended" in told
    assert set(standing()) >= {"churn_drift", "churn_calibration"}


# ---- what became of visits --------------------------------------------------------------------------


def scored(key: str, version: ModelVersion, *, bot: bool = False, at_ms: int = NOW) -> Visit:
    intake.record(Batch((sent(f"e-{key}", at=at_ms),), at_ms), shopper_key=key, now_ms=at_ms, is_robot=bot)
    visit = Visit.objects.get(shopper__key=key)
    RiskScore.objects.create(visit=visit, version=version, step=1, at_ms=at_ms, churn_ppm=700_000, micros=1)
    return visit


def buy(visit: Visit, *, at_ms: int) -> None:
    Event.objects.create(
        event_id=f"p-{visit.pk}-{at_ms}",
        visit=visit,
        occurred_ms=at_ms,
        received_ms=at_ms,
        kind=KINDS.index("purchase"),
    )


def test_what_counts_is_what_came_after_the_score_in_ended_visits_of_people_without_a_coupon() -> None:
    version = risk_models.version(live=True)
    buys, before, leaves, treated = (scored(key, version) for key in ("buys", "before", "leaves", "treated"))
    scored("robot", version, bot=True)
    scored("still there", version, at_ms=NOW + 3_600_000)
    scored("long ago", version, at_ms=NOW - 8 * 86_400_000)
    buy(buys, at_ms=NOW + 1)
    buy(before, at_ms=NOW - 1)
    make.product("P1", category="Shoes")
    made.campaign()
    decision = made.decided("somebody")
    type(decision).objects.filter(pk=decision.pk).update(visit=treated, arm=1)
    later = datetime.fromtimestamp((NOW + 3_600_000) / 1000, UTC)
    found = risk_outcomes.outcomes(version.pk, now=later)

    assert dict(zip(found.visit.tolist(), found.left.tolist(), strict=True)) == {
        buys.pk: 0, before.pk: 1, leaves.pk: 1,
    }  # fmt: skip
    assert set(found.churn.tolist()) == {0.7}
