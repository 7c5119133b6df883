"""What the house allows, whatever a policy wants. Each refusal has a reason; none hides another.

Rules and their order: docs/algorithms/decide.md.
"""

from engine.contracts import Terms
from engine.policy import reasons

_HAIR = 1e-9  # rates are decimal fractions: 0.15 - 0.10 is a little under 0.05


def refusals(terms: Terms, *, now: int) -> tuple[str, ...]:
    """Why no coupon at all may be offered at `now` (milliseconds since 1970); empty where one may.

    The budget must cover the worst case, a coupon's cap, so that what is issued can be honoured.
    """
    standing, budget, last = terms.standing, terms.budget_left_minor, terms.standing.last_coupon_at
    found: tuple[str, ...] = ()
    if standing.is_bot:
        found = (reasons.BOT,)
    if standing.coupons_this_visit >= terms.coupons_a_visit:
        found += (reasons.COUPON_THIS_VISIT,)
    if standing.live_coupons >= terms.live_coupons:
        found += (reasons.LIVE_COUPONS,)
    if last is not None and now - last < terms.cooldown_ms:
        found += (reasons.COOL_DOWN,)
    if budget is not None and budget < terms.cap_minor:
        found += (reasons.BUDGET_USED_UP,)
    return found


def arm_refusals(category: str, depth: float, terms: Terms) -> tuple[str, ...]:
    """Why `depth` (0 to 1) on `category` may not be offered; empty where it may.

    The margin floor is checked last. A category without a known margin counts as one of margin 0.
    """
    if not category:
        return (reasons.NO_CATEGORY,)
    found: tuple[str, ...] = ()
    if category in terms.standing.just_bought:
        found = (reasons.JUST_BOUGHT,)
    margin = terms.margins.get(category)
    if (margin or 0.0) - depth < terms.margin_floor - _HAIR:
        found += (reasons.MARGIN_UNKNOWN if margin is None else reasons.MARGIN_FLOOR,)
    return found
