"""Which of a shopper's coupons come off one basket together, and how. Rules: docs/algorithms/discounts.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.policy.discounts import Deal, Discount, PricedLine, after, discount

MOST = 6  # coupons that are weighed against each other: 63 choices


@dataclass(frozen=True, slots=True)
class Candidate:
    """A coupon that could come off. `beside` names the campaigns whose coupons may come with it; none: alone."""

    coupon_id: int
    campaign_id: int
    deal: Deal
    beside: frozenset[int] = frozenset()


def may_combine(candidates: Sequence[Candidate]) -> bool:
    """Whether these may come off one basket: one always may, several where each names every other's campaign."""
    return all(
        one.campaign_id in other.beside and other.campaign_id in one.beside
        for one, other in combinations(candidates, 2)
    )


def apply(candidates: Sequence[Candidate], lines: Sequence[PricedLine]) -> tuple[Discount, ...]:
    """What each takes off, one after the other in the order given, each from what the ones before have left."""
    taken = []
    for one in candidates:
        off = discount(one.deal, lines)
        taken.append(off)
        lines = after(lines, off)
    return tuple(taken)


def best(candidates: Sequence[Candidate], lines: Sequence[PricedLine]) -> tuple[Candidate, ...]:
    """The combination that takes most off, of equals the one with fewer coupons, then with the earlier candidates.

    Only the first MOST candidates are weighed. In the answer they stand by coupon_id, which is the order in which they
    come off. A coupon that would take nothing off is never among them.
    """
    known = sorted(candidates[:MOST], key=lambda one: one.coupon_id)
    place = {one.coupon_id: number for number, one in enumerate(candidates)}
    found: tuple[Candidate, ...] = ()
    worth: tuple[int, int, tuple[int, ...]] = (0, 0, ())  # so much off, with so few, so early
    for size in range(1, len(known) + 1):
        for some in combinations(known, size):
            if not may_combine(some):
                continue
            off = [one.total_minor for one in apply(some, lines)]
            key = (-sum(off), size, tuple(sorted(place[one.coupon_id] for one in some)))
            if all(off) and key < worth:
                found, worth = some, key
    return found
