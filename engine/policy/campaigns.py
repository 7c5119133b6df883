"""What state a campaign is in, and why it issues no coupon: the pages show what the issuing enforces."""

from dataclasses import dataclass

DRAFT, SCHEDULED, RUNNING, PAUSED, ENDED, EXHAUSTED = (
    "draft", "scheduled", "running", "paused", "ended", "exhausted",
)  # fmt: skip
STATES = (DRAFT, SCHEDULED, RUNNING, PAUSED, ENDED, EXHAUSTED)
FULL_PCT = 100


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a campaign's row says. Moments in milliseconds since 1970 in UTC, money in the smallest unit."""

    is_published: bool
    is_paused: bool
    is_ended: bool
    starts_ms: int
    ends_ms: int  # no part of it
    budget_minor: int
    reserved_minor: int
    spent_minor: int
    cap_minor: int
    overbooking_pct: int
    limit_total: int | None
    issued: int


def state_of(facts: CampaignFacts, *, now_ms: int) -> str:
    """One of STATES at `now_ms`."""
    if facts.is_ended or (facts.is_published and now_ms >= facts.ends_ms):
        return ENDED
    if not facts.is_published:
        return DRAFT
    if facts.is_paused:
        return PAUSED
    if now_ms < facts.starts_ms:
        return SCHEDULED
    if not has_budget(facts) or not has_coupons(facts):
        return EXHAUSTED
    return RUNNING


def has_budget(facts: CampaignFacts) -> bool:
    """Whether the worst case of one more coupon fits: spent + reserved / k <= budget afterwards."""
    left = promises_left_minor(
        facts.budget_minor,
        spent_minor=facts.spent_minor,
        reserved_minor=facts.reserved_minor,
        overbooking_pct=facts.overbooking_pct,
    )
    return facts.cap_minor <= left


def has_coupons(facts: CampaignFacts) -> bool:
    """Whether its limit of coupons allows one more."""
    return facts.limit_total is None or facts.issued < facts.limit_total


def promises_left_minor(
    budget_minor: int, *, spent_minor: int, reserved_minor: int, overbooking_pct: int
) -> int:
    """How much worst case may still be promised: k (budget - spent) - reserved, in whole units; never below 0."""
    left = (budget_minor - spent_minor) * overbooking_pct - reserved_minor * FULL_PCT
    return max(0, left // FULL_PCT)


def budget_left_minor(facts: CampaignFacts) -> int:
    """What is left of the money: the budget less what is spent and, over k, what is reserved; never below 0."""
    used = facts.spent_minor + -(-facts.reserved_minor * FULL_PCT // facts.overbooking_pct)
    return max(0, facts.budget_minor - used)
