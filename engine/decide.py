"""Whether to offer a coupon now: the one shape for the live site and the simulated mall.

The steps are those of docs/algorithms/decide.md, in its order. Time and chance come in by the door.
"""

from functools import lru_cache

from engine.contracts import (
    NO_COUPON,
    Chance,
    Choice,
    Decision,
    Models,
    Offer,
    Policy,
    Scores,
    Terms,
    VisitState,
)
from engine.policy import reasons
from engine.policy.eligibility import arm_refusals, refusals
from engine.policy.moments import is_decision_point

_UNSCORED = Scores()
_NO_POINT = (reasons.NO_DECISION_POINT,)


def decide(
    state: VisitState, *, policy: Policy, models: Models | None, terms: Terms, now: int, rng: Chance
) -> Decision:
    """An offer or none for a visit in `state` at `now` (milliseconds since 1970 in UTC), and why.

    Models are asked only where the house allows a coupon; without models every score is unknown. What models or
    the policy raise goes to the caller, who counts it and offers nothing. ValueError for a choice that the
    policy itself says has no chance, or of an arm that the terms do not have.
    """
    if not is_decision_point(state, terms):
        return _held_back(policy.name, _NO_POINT, len(terms.depths))
    refused = refusals(terms, now=now)
    if refused:
        return _held_back(policy.name, refused, len(terms.depths))
    scores = models.score(state) if models is not None else _UNSCORED
    choice = policy.choose(state, scores, now=now, rng=rng)
    return _settled(choice, scores, terms=terms, now=now, policy=policy.name)


@lru_cache(maxsize=1024)
def _held_back(policy: str, why: tuple[str, ...], depths: int) -> Decision:
    """No policy was asked: nothing was left to chance."""
    return Decision(None, NO_COUPON, why, (1.0,) + (0.0,) * depths, _UNSCORED, policy)


def _settled(choice: Choice, scores: Scores, *, terms: Terms, now: int, policy: str) -> Decision:
    """The decision on what a policy wants: its arm where the house allows it, else none."""
    arm, category = choice.arm, choice.category
    _refuse_unsound(choice, terms, policy)
    propensities = _after_refusals(choice, terms)
    if arm == NO_COUPON:
        return Decision(None, NO_COUPON, (choice.reason,), propensities, scores, policy)
    depth = terms.depths[arm - 1]
    if not propensities[arm]:
        why = (choice.reason, *arm_refusals(category, depth, terms))
        return Decision(None, NO_COUPON, why, propensities, scores, policy)
    offer = Offer(category, depth, terms.cap_minor, terms.min_basket_minor, now + terms.valid_ms)
    return Decision(offer, arm, (choice.reason,), propensities, scores, policy)


def _refuse_unsound(choice: Choice, terms: Terms, policy: str) -> None:
    chances, depths = choice.propensities, len(terms.depths)
    if not NO_COUPON <= choice.arm <= depths or any(chances[depths + 1 :]):
        raise ValueError(f"The policy {policy} means an arm that is not there: there are 0 to {depths}.")
    if choice.arm >= len(chances) or not chances[choice.arm] > 0:
        raise ValueError(f"The policy {policy} chose arm {choice.arm} and gives it no chance.")


def _after_refusals(choice: Choice, terms: Terms) -> tuple[float, ...]:
    """The chance of each arm as the decision comes out: that of an arm which is refused goes to holding back."""
    after = [choice.propensities[NO_COUPON]]
    for depth, chance in zip(terms.depths, choice.propensities[1:], strict=False):
        refused = chance > 0 and arm_refusals(choice.category, depth, terms)
        after.append(0.0 if refused else chance)
        after[NO_COUPON] += chance if refused else 0.0
    return (*after, *(0.0,) * (1 + len(terms.depths) - len(after)))
