"""The moments of a day at which a coupon could have been offered: decisions, or visits walked through again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine import visit
from engine.contracts import Case, ShopperStanding, Standing, Terms, VisitState
from engine.policy.moments import is_decision_point
from service_provider.adapters.ledger import states
from service_provider.models import Decision, Visit
from service_provider.queries import campaign_terms, learning, segments
from service_provider.queries.learning import CHURN
from service_provider.queries.mall import MallSettings

MOST_DECISIONS = 400
MOST_VISITS = 150
DECISIONS, VISITS = "decisions", "visits"
PPM = 1_000_000
_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Moment:
    """A decision that could be made again."""

    visit_id: int
    person: str
    state: VisitState
    case: Case
    risk: float | None


def moments(
    since: int, until: int, settings: MallSettings, *, now: datetime
) -> tuple[str, int, int, Iterator[Moment]]:
    """Where they come from, how many decisions or visits there were, how many are looked at, and they."""
    decided = Decision.objects.filter(at_ms__gte=since, at_ms__lt=until).order_by("at_ms", "pk")
    if total := decided.count():
        chosen = _spread(list(decided.values_list("pk", flat=True)), MOST_DECISIONS)
        return DECISIONS, total, len(chosen), _of_decisions(chosen)
    came = Visit.objects.filter(started_ms__gte=since, started_ms__lt=until, is_summed=False).order_by(
        "started_ms"
    )
    total = came.count()
    chosen = _spread(list(came.values_list("pk", flat=True)), MOST_VISITS)
    return VISITS if total else "", total, len(chosen), _of_visits(chosen, settings, now=now)


def _spread(ids: list[int], most: int) -> list[int]:
    """At most so many of them, evenly over the day."""
    if len(ids) <= most:
        return ids
    return [ids[number * len(ids) // most] for number in range(most)]


def _of_decisions(ids: list[int]) -> Iterator[Moment]:
    for row in Decision.objects.filter(pk__in=ids).order_by("at_ms", "pk"):
        try:
            state = visit.from_bytes(bytes(row.state))
        except visit.OtherVersion:  # made by another release: it tells this one nothing
            continue
        case = Case.from_json(row.seen["case"])
        yield Moment(row.visit_id, case.person, state, case, row.seen["risk"])


def _of_visits(ids: list[int], settings: MallSettings, *, now: datetime) -> Iterator[Moment]:
    live = learning.find_live(CHURN)
    threshold = None if live is None else live.report.threshold
    columns = ("pk", "key", "shopper__key", "is_bot", "risk_ppm")
    found = {pk: told for pk, *told in Visit.objects.filter(pk__in=ids).values_list(*columns)}
    standings = segments.standings({told[1] for told in found.values()}, now=now)
    margins = campaign_terms.margins(now_ms=int(now.timestamp() * 1000))
    walked = states.walk((pk, key, shopper) for pk, (key, shopper, *_) in found.items())
    for pk, state in walked:
        if not is_decision_point(state, _TERMS):
            continue
        _, shopper, is_bot, risk_ppm = found[pk]
        case = _case(pk, state, shopper, is_bot, standings, margins, settings)
        case = replace(case, risk_threshold=threshold)
        yield Moment(pk, shopper, state, case, None if risk_ppm is None else risk_ppm / PPM)


def _case(
    visit_id: int,
    state: VisitState,
    shopper: str,
    is_bot: bool,
    standings: Mapping[str, ShopperStanding],
    margins: Mapping[str, float],
    settings: MallSettings,
) -> Case:
    """As it may have been: what she had had and bought by then is not known any more."""
    segment = standings.get(shopper, ShopperStanding()).segment
    return Case(
        now_ms=state.last_at,
        seed=f"preview {visit_id} {state.version}",
        person=shopper,
        holdout_bp=settings.holdout_bp,
        is_stopped=False,
        segment=segment,
        is_newcomer=segment in ("", "newcomers"),
        risk_threshold=None,
        standing=Standing(is_bot=is_bot),
        margins=margins,
        campaigns=(),
    )
