"""A past decision computed again from what was stored of it."""

from dataclasses import dataclass
from typing import Any

from engine import offering, visit
from engine.contracts import NO_COUPON, Case, Outcome, Scores, VisitState
from service_provider.models import Decision


@dataclass(frozen=True, slots=True)
class Difference:
    what: str
    kept: Any
    again: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """`differences` is empty where every part came out as it was kept."""

    decision_id: int
    compared: tuple[str, ...]
    differences: tuple[Difference, ...]
    refused_after: str = (
        ""  # what the last checks refused when the coupon was to be issued; no part of the decision
    )

    @property
    def is_identical(self) -> bool:
        return not self.differences


class CannotReplay(Exception):
    """The text says why, for people."""


def replay(decision_id: int) -> Replay:
    """Decides again with the state, the terms, the scores and the seed of then. CannotReplay."""
    row = Decision.objects.filter(pk=decision_id).first()
    if row is None:
        raise CannotReplay(f"There is no decision {decision_id}.")
    try:
        state = visit.from_bytes(bytes(row.state))
    except visit.OtherVersion as other:
        raise CannotReplay(f"Decision {decision_id} was made by another release. {other}") from other
    case = Case.from_json(row.seen["case"])
    outcome = offering.offer(state, case, _Kept(row.seen["risk"]))
    kept, refused_after = _kept(row), ""
    again = _again(outcome, seed=case.seed)
    if row.arm == NO_COUPON and again["arm"] != NO_COUPON:
        refused_after = kept["reasons"][-1] if kept["reasons"] else ""
        kept["reasons"], again["arm"], again["category"] = kept["reasons"][:-1], NO_COUPON, ""
    differences = [Difference(name, kept[name], again[name]) for name in kept if kept[name] != again[name]]
    return Replay(decision_id, tuple(kept), tuple(differences), refused_after)


class _Kept:
    """The score that was had then."""

    def __init__(self, risk: float | None) -> None:
        self._scores = Scores(risk=risk)

    def score(self, state: VisitState) -> Scores:
        return self._scores


def _kept(row: Decision) -> dict[str, Any]:
    return {
        "campaign": row.campaign_id,
        "group": row.group,
        "policy": row.policy,
        "arm": row.arm,
        "wanted_arm": row.seen["wanted_arm"],
        "category": row.category,
        "reasons": list(row.reasons),
        "propensities": list(row.propensities),
        "refused": dict(row.seen["refused"]),
        "seed": row.seed,
    }


def _again(outcome: Outcome, *, seed: str) -> dict[str, Any]:
    decision = outcome.decision
    offer = decision.offer if decision is not None else None
    return {
        "campaign": outcome.campaign_id,
        "group": outcome.group or "none",
        "policy": decision.policy if decision is not None else "",
        "arm": decision.arm if decision is not None else NO_COUPON,
        "wanted_arm": outcome.wanted_arm,
        "category": offer.category if offer is not None else "",
        "reasons": list(decision.reasons) if decision is not None else sorted(set(outcome.refused.values())),
        "propensities": list(decision.propensities) if decision is not None else [1.0],
        "refused": {str(key): why for key, why in outcome.refused.items()},
        "seed": seed,
    }
