"""How likely it is that visits end without a purchase: by the live model where it spoke, else by a simple rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Q

from service_provider.models import ModelVersion, Visit
from service_provider.queries.kept import Kept
from service_provider.queries.learning import CHURN
from service_provider.queries.reports.shares import Share

MODEL, RATE = "model", "rate"
STEPS = (1, 2, 3, 5, 10, 20, 50)  # events, at least
PAST = 50_000  # of the newest visits so many are learnt from
LIKELY = 0.5
Rates = tuple[
    Share, ...
]  # by STEPS: how many visits of people came so far, and how many of these bought nothing
_rates: Kept[Rates] = Kept(for_seconds=60)
_threshold: Kept[float | None] = Kept(for_seconds=60)


class LiveVisit(NamedTuple):
    """A visit that was heard of lately; `stage` is how far it came, counted from 1, 0 for no stage."""

    visit_id: int
    events: int
    is_buying: bool
    is_bot: bool
    risk_ppm: int | None  # what the live model said last
    stage: int
    newest: int  # events in the last minute


@dataclass(frozen=True, slots=True)
class StepRisk:
    """Live visits that have bought nothing and have as many events as belong to this step, and what is known of it."""

    step: int
    visits: int
    mean: float | None  # chance of no purchase; None: unknown
    past: Share


@dataclass(frozen=True, slots=True)
class Risk:
    """`likely` visits are at risk: by the model those from its `threshold` on, the top tenth of its validation windows;
    by the rate those more likely than not to end without a purchase. `expected` of the judged ones will."""

    source: str  # MODEL or RATE
    visits: int  # live ones that have bought nothing
    judged: int
    likely: int
    expected: float
    steps: tuple[StepRisk, ...]
    past: Share  # of all past visits: what knowing nothing of a visit would say
    threshold: float = LIKELY


def judge(visits: Sequence[LiveVisit], *, enough: int, now: datetime) -> Risk:
    """The only place that chooses between model and rate. No query, and at most three when a minute is over.

    The model is believed as soon as it has spoken of one live visit; of the others nothing is known then.
    """
    rates = tuple(Share(one.hits, one.total, enough) for one in _rates.get(_learn, now=now))
    open_ones = [visit for visit in visits if not visit.is_buying and not visit.is_bot]
    source = MODEL if any(visit.risk_ppm is not None for visit in open_ones) else RATE
    by_step: dict[int, list[float | None]] = {place: [] for place in range(len(STEPS))}
    for visit in open_ones:
        place = place_of(visit.events)
        by_step[place].append(_by_model(visit) if source == MODEL else rates[place].rate)
    chances = [chance for told in by_step.values() for chance in told if chance is not None]
    known = _threshold.get(_live_threshold, now=now) if source == MODEL else None
    threshold = LIKELY if known is None else known
    return Risk(
        source=source,
        visits=len(open_ones),
        judged=len(chances),
        likely=sum(chance >= threshold for chance in chances),
        expected=sum(chances),
        steps=tuple(
            StepRisk(
                step,
                len(by_step[place]),
                _mean(by_step[place]) if by_step[place] else rates[place].rate,
                rates[place],
            )
            for place, step in enumerate(STEPS)
        ),
        past=rates[0],
        threshold=threshold,
    )


def place_of(events: int) -> int:
    """The last of STEPS that a visit with so many events has reached."""
    return max(0, sum(events >= step for step in STEPS) - 1)


def _by_model(visit: LiveVisit) -> float | None:
    return None if visit.risk_ppm is None else visit.risk_ppm / 1_000_000


def _mean(chances: Sequence[float | None]) -> float | None:
    known = [chance for chance in chances if chance is not None]
    return sum(known) / len(known) if known else None


def _live_threshold() -> float | None:
    """Of the model in use. One query."""
    found = ModelVersion.objects.filter(live_kind=CHURN).values_list("report__threshold", flat=True).first()
    return None if found is None else float(found)


def _learn() -> Rates:
    """Two queries. When in a visit the purchase came is not asked: the few visits that are live now do not matter."""
    newest = Visit.objects.aggregate(at=Max("pk"))["at"] or 0
    asked = {}
    for step in STEPS:
        came = Q(event_count__gte=step)
        asked[f"came_{step}"] = Count("pk", filter=came)
        asked[f"left_{step}"] = Count("pk", filter=came & Q(is_buying=False))
    found = Visit.objects.filter(pk__gt=newest - PAST, is_bot=False).aggregate(**asked)
    return tuple(Share(found[f"left_{step}"], found[f"came_{step}"]) for step in STEPS)
