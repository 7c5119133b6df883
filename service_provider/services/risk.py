"""The risk of a live visit: what the model in use says at a decision point, kept beside what became of the visit.

A model that is missing, stale or failing says nothing: the risk is unknown, a counter goes up, and nobody guesses.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from engine.churn import serve
from engine.churn.serve import RiskModel
from engine.contracts import Scores, ShopperStanding, VisitState
from service_provider.adapters.ledger import bulk
from service_provider.models import RiskScore, Visit
from service_provider.queries import segments, serving
from service_provider.queries.kept import Kept
from service_provider.queries.learning import CHURN, SEGMENTS
from service_provider.queries.serving import LiveModel, Speakers
from service_provider.services import deadlocks, misses
from service_provider.services.deciding import Point
from service_provider.services.ferry import Ferry
from service_provider.services.offers import Knowledge
from service_provider.services.serving import NoModel, hold_version

log = structlog.get_logger(__name__)
SHADOW = f"{CHURN} shadow"
MILLION = 1_000_000
Clock = Callable[[], float]
_speakers: Kept[Speakers] = Kept(for_seconds=1, in_transactions=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What one version said, and what that took."""

    version_id: int
    churn: float
    micros: int
    carried: bytes | None


@dataclass(slots=True)
class LiveRisk:
    """The model in use, asked about one visit at one moment, once; what it said stays here to be kept."""

    version: LiveModel
    model: RiskModel
    standing: ShopperStanding
    clock: Clock
    carried: bytes | None = None
    candidate: LiveModel | None = None
    said: Said | None = None
    has_failed: bool = field(default=False)

    def score(self, state: VisitState) -> Scores:
        """Unknown where the model fails."""
        if self.said is None and not self.has_failed:
            self.said = _say(self.version, self.model, state, self.standing, self.clock, carried=self.carried)
            self.has_failed = self.said is None
        return Scores() if self.said is None else Scores(risk=self.said.churn)


def ask(point: Point, *, clock: Clock) -> Knowledge:
    """The model that was in use a second ago at most, and what is known of the shopper: one query, but for what is
    kept. `clock` counts seconds."""
    now = datetime.fromtimestamp(point.now_ms / 1000, UTC)
    speakers = _speakers.get(partial(serving.find_speakers, CHURN, segments=SEGMENTS), now=now)
    standing = segments.find_standing(point.person, now=now)
    versions = [] if speakers.segments is None else [(SEGMENTS, speakers.segments)]
    if point.is_bot:
        return Knowledge(standing=standing, versions=tuple(versions))
    model = _model(speakers, now=now)
    if model is None or speakers.champion is None:
        return Knowledge(standing=standing, versions=tuple(versions), keep=_keep_miss)
    live = LiveRisk(speakers.champion, model, standing, clock, point.carried, speakers.candidate)
    versions.append((CHURN, speakers.champion.number))
    return Knowledge(live, standing, model.threshold, tuple(versions), keep)


def is_stale(trained_at: datetime, *, now: datetime) -> bool:
    """Whether a model of that moment is too old to be believed."""
    return now - trained_at > timedelta(hours=settings.RISK_STALE_HOURS)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is written down of one decision point: what was said of the visit, or that nothing was."""

    point: Point
    said: Said | None = None
    shadow: Said | None = None  # what a candidate would have said


def keep(point: Point, known: Knowledge) -> None:
    """Writes down what the model said of the visit, and what a candidate would have said."""
    live = known.models
    if not isinstance(live, LiveRisk):
        return
    if live.said is not None:
        _put(_Heard(point, live.said, _shadow(point, live)))
    elif live.has_failed:
        _put(_Heard(point))


def _keep_miss(point: Point, known: Knowledge) -> None:
    _put(_Heard(point))


def _put(heard: _Heard) -> None:
    """With what other threads have to write at the same moment; within a transaction, as a part of it."""
    if connection.in_atomic_block:
        _write_all([heard])
        return
    fault = _ferry.cross(heard)
    if isinstance(fault, Exception):
        raise fault


def _store(some: Sequence[_Heard]) -> Sequence[bool | Exception]:
    try:
        _write_all(some)
    except Exception as error:  # noqa: BLE001 - raised again in the threads that wait for it
        return [error for _ in some]
    return [True for _ in some]


@deadlocks.atomic
def _write_all(some: Sequence[_Heard]) -> None:
    """A score of a later step stays; the same step scored twice is one score."""
    told = [(one, one.said) for one in sorted(some, key=_visit_and_step) if one.said is not None]
    newest = [
        (_ppm(said), one.point.state.version, said.carried, one.point.visit_id, one.point.state.version)
        for one, said in told
    ]
    bulk.change(Visit, _NEWEST, newest, where=("id",), also="(risk_step IS NULL OR risk_step <= %s)")
    rows = [_row(one.point, said) for one, said in told]
    rows += [_row(one.point, one.shadow, is_shadow=True) for one, _ in told if one.shadow is not None]
    bulk.insert_new(RiskScore, _SCORE, rows)
    hours = Counter(one.point.now_ms // misses.HOUR_MS for one in some if one.said is None)
    for hour, times in sorted(hours.items()):
        misses.count(misses.MODEL, now_ms=hour * misses.HOUR_MS, times=times)


def _visit_and_step(one: _Heard) -> tuple[int, int]:
    return one.point.visit_id, one.point.state.version


def _ppm(said: Said) -> int:
    return round(said.churn * MILLION)


_NEWEST = ("risk_ppm", "risk_step", "carried")
_SCORE = ("visit_id", "version_id", "step", "at_ms", "churn_ppm", "micros", "is_shadow")


def _row(point: Point, said: Said, *, is_shadow: bool = False) -> tuple[Any, ...]:
    return (
        point.visit_id, said.version_id, point.state.version, point.now_ms, _ppm(said), said.micros, is_shadow,
    )  # fmt: skip


_ferry = Ferry[_Heard, bool](_store)


def _shadow(point: Point, live: LiveRisk) -> Said | None:
    """After the decision: nothing waits for it. What a candidate carries is not kept; it reads the trail."""
    if live.candidate is None:
        return None
    try:
        model = hold_version(SHADOW, live.candidate, _load)
    except NoModel:
        return None
    return _say(live.candidate, model, point.state, live.standing, live.clock)


def _model(speakers: Speakers, *, now: datetime) -> RiskModel | None:
    champion, trained_at = speakers.champion, speakers.trained_at
    if champion is None or trained_at is None or is_stale(trained_at, now=now):
        return None
    try:
        return hold_version(CHURN, champion, _load)
    except NoModel:
        return None


def _load(live: LiveModel, artefact: bytes) -> RiskModel:
    return serve.load(artefact)


def _say(
    version: LiveModel, model: RiskModel, state: VisitState, standing: ShopperStanding, clock: Clock,
    *, carried: bytes | None = None,
) -> Said | None:  # fmt: skip
    began = clock()
    try:
        found = model.score(state, standing, carried=carried)
    except Exception:  # noqa: BLE001 - whatever it is, the risk is unknown, and the log says what it was
        log.exception("model_failed", kind=CHURN, version=version.number)
        return None
    if not 0.0 <= found.churn <= 1.0:
        log.error("model_failed", kind=CHURN, version=version.number, said=found.churn)
        return None
    return Said(version.id, found.churn, int((clock() - began) * MILLION), found.carried)


__all__: Sequence[str] = ("LiveRisk", "ask", "is_stale", "keep")
