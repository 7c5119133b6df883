"""One blow: a coupon issued, put to use or taken back as the shop and the tills do it, and how that ended."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.policy.discounts import PricedLine
from service_provider.services import coupons, deadlocks
from service_provider.services.attack_ground import BY
from service_provider.services.coupons import At, NewCoupon, NotIssued, Refused

ISSUE, REDEEM, REVERSE = "issue", "redeem", "reverse"
DONE = "done"
MANY = 1_000  # coupons that one shopper may hold: other limits are what is attacked
CATEGORY = "Rehearsal"


@dataclass(frozen=True, slots=True)
class Strike:
    """What is tried. Plain values: it travels to another process as JSON."""

    verb: str
    campaign_id: int = 0
    target: int = 0  # the shopper who is to get a coupon, or the redemption that is taken back
    code: str = ""
    cap_minor: int = 0
    basket_minor: int = 0
    day: str = ""
    expires_ms: int = 0


@dataclass(slots=True)
class Tally:
    """How strikes ended: by verb and outcome, where `fault:` begins what nobody expected."""

    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    retries: int = 0  # transactions that were begun again
    slowest_s: float = 0.0

    def add(self, other: "Tally") -> None:
        self.ended.update(other.ended)
        self.retries += other.retries
        self.slowest_s = max(self.slowest_s, other.slowest_s)

    def count(self, verb: str, outcome: str = DONE) -> int:
        return self.ended[verb, outcome]

    def to_json(self) -> dict[str, Any]:
        ended = [[verb, outcome, times] for (verb, outcome), times in self.ended.items()]
        return {"ended": ended, "retries": self.retries, "slowest_s": self.slowest_s}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Tally":
        ended = Counter({(verb, outcome): times for verb, outcome, times in data["ended"]})
        return cls(ended, data["retries"], data["slowest_s"])


def strike_all(strikes: Iterable[Strike], *, now_ms: int) -> Tally:
    """One after the other on this thread's own connection."""
    tally, before = Tally(), deadlocks.counted.again
    for one in strikes:
        began = time.perf_counter()
        tally.ended[one.verb, strike(one, now_ms=now_ms)] += 1
        tally.slowest_s = max(tally.slowest_s, time.perf_counter() - began)
    tally.retries = deadlocks.counted.again - before
    return tally


def strike(one: Strike, *, now_ms: int) -> str:
    """DONE, the reason of a refusal, or a fault: anything that is neither."""
    try:
        _VERBS[one.verb](one, now_ms)
    except (NotIssued, Refused) as refusal:
        return refusal.reason
    except Exception as fault:  # noqa: BLE001 - it is what the attack looks for, and it is told
        return f"fault: {type(fault).__name__}: {fault}"[:200]
    return DONE


def _issue(one: Strike, now_ms: int) -> None:
    wanted = NewCoupon(
        one.campaign_id, one.target, CATEGORY, 0, one.cap_minor, one.cap_minor, 0, one.expires_ms,
        date.fromisoformat(one.day), most_live=MANY,
    )  # fmt: skip
    coupons.issue(wanted, by_label=BY, now_ms=now_ms)


def _redeem(one: Strike, now_ms: int) -> None:
    lines = (PricedLine("rehearsal", CATEGORY, one.basket_minor, 1),)
    coupons.redeem(one.code, lines, at=At(BY), now_ms=now_ms)


def _reverse(one: Strike, now_ms: int) -> None:
    coupons.reverse(one.target, why="rehearsed", restores=True, by_label=BY, now_ms=now_ms)


_VERBS = {ISSUE: _issue, REDEEM: _redeem, REVERSE: _reverse}
