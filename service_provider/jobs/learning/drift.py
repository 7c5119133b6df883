"""The job `watch_drift`: the last week beside the test of the version in use. docs/algorithms/churn_watch.md."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings

from engine.artefacts import ArtefactCorrupt
from engine.churn import serve, windows
from engine.churn.serve import RiskModel
from engine.churn.watch import drift
from engine.churn.windows import Windows
from engine.contracts import Measure, Progress
from service_provider.adapters import model_store
from service_provider.jobs.kinds import JobFailed, JobResult, Steps
from service_provider.queries import learning as versions
from service_provider.queries import mall, risk_outcomes, serving, training_data
from service_provider.queries.access import Actor
from service_provider.queries.jobs import JobRow
from service_provider.queries.learning import CHURN
from service_provider.services import alarms, risk

DRIFT, CALIBRATION, STALE = "churn_drift", "churn_calibration", "churn_stale"
WEEK = timedelta(days=7)
MOST_EVENTS, MOST_WINDOWS = 300_000, 4_000
RETRAIN = "Train the churn ladder anew and promote the version that passes its gates."


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch saw; `moved` is empty and `slope` None where a week says too little."""

    version_id: int
    number: int
    trained_at: datetime
    rows: int
    moved: tuple[drift.Moved, ...]
    slope: Measure | None


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """The job `watch_drift`. Safe to run twice."""
    by, moment = Actor(label=job.by_label, user_id=job.by_id), now()
    live = serving.find_live(CHURN)
    if live is None:
        return lambda: {"told": "No model of churn is in use, so that nothing was to be watched."}
    yield Progress("Reading the last week", 0, 2)
    found = yield from watch(live.id, now=moment)

    def record() -> dict[str, Any]:
        return {"told": _record(found, by=by, now=now())}

    result: JobResult = record
    return result


def watch(version_id: int, *, now: datetime) -> Generator[Progress, None, Found]:
    """Makes the week's windows as a training does, and asks the version in use about them."""
    version = versions.get_version(version_id)
    try:
        model = serve.load(model_store.read(version.stored_name, sha256=version.sha256))
    except ArtefactCorrupt as fault:
        raise JobFailed(f"The churn model in use cannot be read. {fault} {RETRAIN}") from fault
    made = yield from _week(model, now=now)
    yield Progress("Comparing", 1, 2)
    told = versions.get_reference(version_id)
    said = model.answer(made.aggregates, made.steps)
    came = risk_outcomes.outcomes(version_id, now=now)
    return Found(
        version_id,
        version.number,
        version.created_at,
        len(made),
        drift.compare(told, said, made.aggregates),
        drift.slope(came.churn, came.left, came.visit) if len(came.left) else None,
    )


def _week(model: RiskModel, *, now: datetime) -> Generator[Progress, None, Windows]:
    until = round(now.timestamp() * 1000)
    log = training_data.read(now, most_events=MOST_EVENTS).log
    made = yield from windows.make(log, until_ms=until, extra=0, words=model.words)
    rows = np.flatnonzero(made.at_ms >= until - round(WEEK.total_seconds() * 1000))
    return made.take(
        rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_WINDOWS)).astype(np.int64))]
    )


def _record(found: Found, *, by: Actor, now: datetime) -> str:
    """Raises and settles; in words what came of it."""
    said = [_population(found, by=by, now=now), _slope(found, by=by, now=now), _age(found, by=by, now=now)]
    return " ".join(said)


def _population(found: Found, *, by: Actor, now: datetime) -> str:
    if not found.moved:
        return f"The week has {found.rows:,} windows, too few to tell whether visits look different."
    most = max(found.moved, key=lambda one: one.index)
    detail = {"version": found.number, "index": {one.name: round(one.index, 4) for one in found.moved}}
    if most.has_moved:
        names = ", ".join(f"{_spoken(one.name)} ({one.index:.2f})" for one in found.moved if one.has_moved)
        text = (
            f"The visits of the last seven days look different from those that version {found.number} was tested on: "
            f"{names}; an index above {drift.MOVED} says so. {RETRAIN}"
        )
        return _raise(DRIFT, text, detail, by=by, now=now)
    if all(one.is_well for one in found.moved):
        alarms.settle(DRIFT, by=by, now=now)
    return f"Visits look as they did (index at most {most.index:.2f}, of {_spoken(most.name)})."


def _slope(found: Found, *, by: Actor, now: datetime) -> str:
    slope = found.slope
    if slope is None or slope.low is None or slope.high is None:
        return "Too few visits have ended to tell whether risks were right."
    told = f"{slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f})"
    if drift.is_off(slope):
        how = "too sure" if slope.value < 1 else "not sure enough"
        text = (
            f"The risks that version {found.number} said in the last seven days were {how}: the calibration slope is "
            f"{told}, and 1 is right. {RETRAIN}"
        )
        return _raise(CALIBRATION, text, {"version": found.number, "slope": slope.to_json()}, by=by, now=now)
    alarms.settle(CALIBRATION, by=by, now=now)
    return f"Risks came true as said (slope {told})."


def _age(found: Found, *, by: Actor, now: datetime) -> str:
    if risk.is_stale(found.trained_at, now=now):
        text = (
            f"Version {found.number} is older than {settings.RISK_STALE_HOURS} hours, so that the risk of every visit "
            f"is unknown and no coupon goes by it. {RETRAIN} The schedule may promote by itself, where you allow it."
        )
        return _raise(STALE, text, {"version": found.number}, by=by, now=now)
    alarms.settle(STALE, by=by, now=now)
    return "It is young enough."


def _raise(kind: str, text: str, detail: dict[str, Any], *, by: Actor, now: datetime) -> str:
    cost, words = _cost(now)
    alarms.raise_alarm(kind, text=f"{text} {words}", detail=detail, cost_minor=cost, by=by, now=now)
    return text


def _cost(now: datetime) -> tuple[int | None, str]:
    """What hangs on the risks, in money of a week where it can be said."""
    stake = risk_outcomes.at_stake(now=now)
    if stake.discount_minor:
        money = mall.get_settings().money(stake.discount_minor)
        return stake.discount_minor, f"Coupons that go by the risk took off {money} in these seven days."
    if stake.campaigns:
        return (
            None,
            "Campaigns go by the risk; what it costs cannot be said, for none of their coupons was redeemed.",
        )
    return 0, "No campaign goes by the risk, so that it costs nothing yet."


def _spoken(name: str) -> str:
    return "the risk itself" if name == drift.SCORE else name.replace("_", " ")
