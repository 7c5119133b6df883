"""What a batch of events is answered with: how many were taken, and the offer that follows from them, if one does.

A decision has 50 milliseconds. Whatever is missing, stale, broken or late means no coupon and a counter; never an
error for the shopper, and never a default discount.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from engine.contracts import Models, ShopperStanding, Terms, VisitState
from engine.policy.moments import is_decision_point
from service_provider.queries import campaign_terms, offered, visit_owners
from service_provider.queries.offered import Offered
from service_provider.services import deciding, intake_door, misses
from service_provider.services.deciding import Point
from service_provider.services.intake import Sending, Taken

log = structlog.get_logger(__name__)
DEADLINE_S = 0.050
_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Answer:
    """How many events were new, and what she is offered."""

    accepted: int
    offer: Offered | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What models say at this moment; without models no risk is known, and none is guessed."""

    models: Models | None = None
    standing: ShopperStanding = ShopperStanding()
    risk_threshold: float | None = None
    versions: tuple[tuple[str, int], ...] = ()
    keep: "Keep | None" = None  # writes down what was said, when the decision is made


class TooSlow(Exception):
    """The time for a decision is over."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the answer must be there; `clock` counts seconds."""

    clock: Callable[[], float]
    began: float

    def check(self) -> None:
        if self.clock() - self.began > DEADLINE_S:
            raise TooSlow

    def micros(self) -> int:
        return int((self.clock() - self.began) * 1e6)


Ask = Callable[[Point], Knowledge]
Keep = Callable[[Point, Knowledge], None]


def answer(sending: Sending, *, ask: Ask, clock: Callable[[], float], at_once: bool = False) -> Answer:
    """Stores the batch, and decides where its newest event is a decision point. Errors as of `intake_door.take`.

    Where batches go into a stream, whoever reads it decides, later; with `at_once` this one goes past the stream.

    A batch that comes again gets the offer again that followed from it.
    """
    taken = intake_door.store(sending) if at_once else intake_door.take(sending)
    if not taken.accepted and taken.visit_id is not None:
        return Answer(0, offered.find_of_visit(taken.visit_id, now_ms=sending.now_ms))
    return Answer(taken.accepted, follow(taken, sending, ask=ask, clock=clock))


def follow(taken: Taken, sending: Sending, *, ask: Ask, clock: Callable[[], float]) -> Offered | None:
    """The offer that follows from a batch that is stored, where its newest event is a decision point."""
    state = taken.state
    if state is None or taken.visit_id is None or not taken.accepted or not is_decision_point(state, _TERMS):
        return None
    return _decide(state, taken, sending, ask=ask, clock=clock)


def _decide(
    state: VisitState, taken: Taken, sending: Sending, *, ask: Ask, clock: Callable[[], float]
) -> Offered | None:
    deadline = Deadline(clock, clock())
    try:
        coupon_id = _steps(state, taken, sending.now_ms, ask=ask, deadline=deadline)
    except TooSlow:
        misses.count(misses.DEADLINE, now_ms=sending.now_ms)
        return None
    except Exception:  # noqa: BLE001 - whatever it is, the shopper gets her page, and the provider a counter
        log.exception("decision_failed", visit=taken.visit_key)
        misses.count(misses.POLICY, now_ms=sending.now_ms)
        return None
    if coupon_id is None:
        return None
    return offered.find(coupon_id, campaign_terms.in_force(now_ms=sending.now_ms).settings)


def _steps(state: VisitState, taken: Taken, now_ms: int, *, ask: Ask, deadline: Deadline) -> int | None:
    """Each step is begun only while there is time; the coupon is issued only where there still is. What models said is
    written down afterwards."""
    owner = visit_owners.get(taken.visit_id or 0)
    point = Point(owner.visit_id, owner.shopper_id, owner.person, state, owner.is_bot, now_ms, owner.carried)
    deadline.check()
    known = ask(point)
    deadline.check()
    coupon_id = _settled(point, known, deadline)
    _keep(point, known)
    return coupon_id


def _settled(point: Point, known: Knowledge, deadline: Deadline) -> int | None:
    gathered = deciding.gather(
        point, seed=secrets.token_hex(16), standing=known.standing, risk_threshold=known.risk_threshold
    )
    if gathered is None:  # no campaign runs; how likely she leaves is to be known all the same
        if known.models is not None:
            known.models.score(point.state)
        return None
    deadline.check()
    weighed = deciding.weigh(point, gathered, models=known.models)
    deadline.check()
    return deciding.settle(weighed, versions=dict(known.versions), micros=deadline.micros())


def _keep(point: Point, known: Knowledge) -> None:
    """A coupon that is issued is hers, whatever becomes of this."""
    if known.keep is None:
        return
    try:
        known.keep(point, known)
    except Exception:  # noqa: BLE001 - as in `_decide`
        log.exception("score_not_kept", visit=point.visit_id)
        misses.count(misses.MODEL, now_ms=point.now_ms)
