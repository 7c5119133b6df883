"""What models said of visits while they went on, and what the clicks of a visit were."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine import visit as visits
from engine.contracts import KINDS, VisitState
from service_provider.adapters.ledger import states
from service_provider.models import Event, RiskScore, Visit

NEWEST = 500  # scores among which visits are looked for
MOST = 50  # clicks that are shown
MOST_FOLDED = 5_000  # events of a visit that are read to look at it


@dataclass(frozen=True, slots=True)
class ScoredVisit:
    visit_id: int
    at: datetime
    step: int
    churn: float


@dataclass(frozen=True, slots=True)
class Score:
    """One score at one decision point."""

    at: datetime
    step: int
    churn: float
    version: int
    is_shadow: bool
    micros: int


@dataclass(frozen=True, slots=True)
class Click:
    """One event, `number` counted from 1 in the order of receipt."""

    number: int
    at: datetime
    kind: str
    product_id: str
    category: str


@dataclass(frozen=True, slots=True)
class VisitStory:
    """A visit with its newest clicks and every score of it; `state` is none where its events were added up or are too
    many."""

    visit_id: int
    shopper_key: str
    started: datetime
    last: datetime
    events: int
    is_buying: bool
    is_bot: bool
    state: VisitState | None
    clicks: tuple[Click, ...]
    scores: tuple[Score, ...]


def list_scored(*, limit: int = 10) -> list[ScoredVisit]:
    """The visits asked about last, each once. One query."""
    rows = RiskScore.objects.filter(is_shadow=False).order_by("-pk")[:NEWEST]
    found: dict[int, ScoredVisit] = {}
    for visit_id, at_ms, step, ppm in rows.values_list("visit_id", "at_ms", "step", "churn_ppm"):
        found.setdefault(visit_id, ScoredVisit(visit_id, _moment(at_ms), step, ppm / 1_000_000))
        if len(found) == limit:
            break
    return list(found.values())


def find_visit(visit_id: int) -> VisitStory | None:
    """Three queries, and one more where the state is folded anew."""
    row = Visit.objects.select_related("shopper").filter(pk=visit_id).first()
    if row is None:
        return None
    scores = RiskScore.objects.filter(visit_id=visit_id).order_by("step", "is_shadow", "pk")
    told = scores.values_list("at_ms", "step", "churn_ppm", "version__number", "is_shadow", "micros")
    return VisitStory(
        row.pk,
        row.shopper.key,
        _moment(row.started_ms),
        _moment(row.last_ms),
        row.event_count,
        row.is_buying,
        row.is_bot,
        _state(row),
        _clicks(row),
        tuple(
            Score(_moment(at), step, ppm / 1_000_000, number, is_shadow, micros)
            for at, step, ppm, number, is_shadow, micros in told
        ),
    )


def _state(row: Visit) -> VisitState | None:
    """As it is kept, or else folded anew: visits that were imported keep none, nor do those of another release."""
    if row.state is not None:
        try:
            return visits.from_bytes(bytes(row.state))
        except visits.OtherVersion:
            pass  # its events say it in this release's words
    if row.is_summed or row.event_count > MOST_FOLDED:
        return None
    return states.fold(row.pk, row.key, shopper_key=row.shopper.key)


def _clicks(row: Visit) -> tuple[Click, ...]:
    """The newest, in the order of their receipt."""
    events = Event.objects.filter(visit_id=row.pk).order_by("-pk")[:MOST]
    told = list(events.values_list("occurred_ms", "kind", "product_id", "category"))
    first = row.event_count - len(told)
    return tuple(
        Click(first + place, _moment(at), KINDS[kind].replace("_", " "), product, category)
        for place, (at, kind, product, category) in enumerate(reversed(told), start=1)
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
