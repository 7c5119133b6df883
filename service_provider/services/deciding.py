"""One decision on a live visit: what is known is gathered, the engine decides, and what came out is written down."""

import json
from dataclasses import dataclass, replace
from datetime import date

import structlog
from django.db import transaction

from engine import offering, visit
from engine.contracts import NO_COUPON, Case, Models, Outcome, ShopperStanding, VisitState
from service_provider.adapters.ledger import bulk
from service_provider.adapters.ledger.prepared import Change, Question
from service_provider.models import Campaign, Coupon, Decision, Shopper
from service_provider.queries import arms, campaign_terms
from service_provider.services import coupons, deadlocks
from service_provider.services.coupons import Issued, NewCoupon, NotIssued

log = structlog.get_logger(__name__)
BY = "the mall"


@dataclass(frozen=True, slots=True)
class Point:
    """A visit at a decision point, and whose it is."""

    visit_id: int
    shopper_id: int
    person: str  # the key of the shopper
    state: VisitState
    is_bot: bool
    now_ms: int
    carried: bytes | None = None  # a model's memory of this visit


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a decision is made of, and the mall's day and zone."""

    case: Case
    campaigns: tuple[Campaign, ...]
    day: date
    zone: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decision that is not written down yet."""

    point: Point
    gathered: Gathered
    outcome: Outcome
    campaign: Campaign | None


def gather(
    point: Point, *, seed: str, standing: ShopperStanding, risk_threshold: float | None
) -> Gathered | None:
    """What a decision is made of; None where no campaign runs. At most four queries, but for what is kept."""
    terms = campaign_terms.in_force(now_ms=point.now_ms)
    if not terms.campaigns:
        return None
    had = campaign_terms.had_of(
        point.shopper_id, visit_id=point.visit_id, is_bot=point.is_bot, now_ms=point.now_ms
    )
    case = Case(
        now_ms=point.now_ms,
        seed=seed,
        person=arms.key_of(point.shopper_id, own=point.person),
        holdout_bp=terms.settings.holdout_bp,
        is_stopped=terms.is_stopped,
        segment=standing.segment,
        is_newcomer=standing.segment in ("", "newcomers"),
        risk_threshold=risk_threshold,
        standing=had.standing,
        margins=_margins(point.state, now_ms=point.now_ms),
        campaigns=campaign_terms.cases_of(terms.campaigns, had.by_campaign, terms.days),
    )
    return Gathered(case, terms.campaigns, terms.day, terms.settings.zone)


def _margins(state: VisitState, *, now_ms: int) -> dict[str, float]:
    """Of the categories she looked at: no other can be offered, and what is kept stays small."""
    known = campaign_terms.margins(now_ms=now_ms)
    return {one.category: known[one.category] for one in state.categories if one.category in known}


def weigh(point: Point, gathered: Gathered, *, models: Models | None) -> Weighed:
    """The engine's decision. What a model or a policy raises goes on to the caller."""
    outcome = offering.offer(point.state, gathered.case, models)
    campaign = next((row for row in gathered.campaigns if row.pk == outcome.campaign_id), None)
    return Weighed(point, gathered, outcome, campaign)


@deadlocks.atomic
def settle(weighed: Weighed, *, versions: dict[str, int], micros: int) -> int | None:
    """Writes the decision down, and issues its coupon where it has one; the number of the coupon, or None.

    A step that was decided on before stays as it was decided: then nothing is written.
    """
    point = weighed.point
    _HELD.ask(point.shopper_id)
    if _DECIDED.ask(point.visit_id, point.state.version):
        return None
    issued, weighed = _issue(weighed)
    row = _row(weighed, versions=versions, micros=micros)
    decision_id = bulk.insert_one(Decision, list(row), list(row.values()))
    if issued is None:
        return None
    _OF_DECISION.make(issued.coupon_id, decision_id)
    return issued.coupon_id


_HELD = Question(lambda pk: Shopper.objects.select_for_update().filter(pk=pk).values_list("pk"), int)
_DECIDED = Question(
    lambda visit_id, step: Decision.objects.filter(visit_id=visit_id, step=step).values_list("pk"), int, int
)
_OF_DECISION = Change(
    lambda pk, decision_id: (Coupon.objects.filter(pk=pk), {"decision_id": decision_id}), int, int
)


def _issue(weighed: Weighed) -> tuple[Issued | None, Weighed]:
    """The coupon, where the last checks allow it; else the decision with what refused it."""
    decision, campaign = weighed.outcome.decision, weighed.campaign
    if decision is None or decision.offer is None or campaign is None:
        return None, weighed
    wanted = _new_coupon(weighed, campaign, decision.arm, decision.offer.category)
    try:
        with transaction.atomic():
            return coupons.issue(wanted, by_label=BY, now_ms=weighed.point.now_ms), weighed
    except NotIssued as refusal:
        log.info("coupon_not_issued", campaign=campaign.pk, reason=refusal.reason)
        held = replace(decision, offer=None, arm=NO_COUPON, reasons=(*decision.reasons, refusal.reason))
        return None, replace(weighed, outcome=replace(weighed.outcome, decision=held))


def _new_coupon(weighed: Weighed, campaign: Campaign, arm: int, category: str) -> NewCoupon:
    gathered = weighed.gathered
    depth = campaign.depths[arm - 1]
    is_percent = campaign.discount_kind == Campaign.Discount.PERCENT
    last_day = date.fromordinal(gathered.day.toordinal() + campaign.valid_days - 1)
    return NewCoupon(
        campaign_id=campaign.pk,
        shopper_id=weighed.point.shopper_id,
        category=category,
        rate_bp=depth if is_percent else 0,
        amount_minor=0 if is_percent else depth,
        cap_minor=campaign.cap_minor,
        min_basket_minor=campaign.min_basket_minor,
        expires_ms=campaign_terms.end_of(last_day, gathered.zone),
        day=gathered.day,
        last_known_ms=gathered.case.standing.last_coupon_at or 0,
        why=_why(weighed.point.state, category),
    )


def _why(state: VisitState, category: str) -> str:
    """In the shopper's words: what she did, nothing that was reckoned about her."""
    views = next((one.views for one in state.categories if one.category == category), 0)
    times = {1: "once", 2: "twice"}.get(views, f"{views} times")
    return f"because you looked at {category} {times}" if views else f"because you like {category}"


def _row(weighed: Weighed, *, versions: dict[str, int], micros: int) -> dict[str, object]:
    point, outcome = weighed.point, weighed.outcome
    decision = outcome.decision
    scores = decision.scores if decision is not None else None
    seen = {
        "case": weighed.gathered.case.to_json(),
        "refused": {str(key): why for key, why in outcome.refused.items()},
        "wanted_arm": outcome.wanted_arm,
        "risk": scores.risk if scores is not None else None,
        "versions": versions,
    }
    return {
        "visit_id": point.visit_id,
        "shopper_id": point.shopper_id,
        "at_ms": point.now_ms,
        "step": point.state.version,
        "state": visit.to_bytes(point.state),
        "campaign_id": outcome.campaign_id,
        "policy": decision.policy if decision is not None else "",
        "arm": decision.arm if decision is not None else NO_COUPON,
        "group": outcome.group or "none",
        "category": decision.offer.category if decision is not None and decision.offer is not None else "",
        "reasons": json.dumps(
            list(decision.reasons) if decision is not None else sorted(set(outcome.refused.values()))
        ),
        "propensities": json.dumps(list(decision.propensities) if decision is not None else [1.0]),
        "seed": weighed.gathered.case.seed,
        "seen": json.dumps(seen),
        "micros": micros,
    }
