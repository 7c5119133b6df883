"""The money of campaigns: every movement is one conditional update of the row's sums and one row of the ledger.

committed = reserved + spent + released holds at every moment; the guard of a budget is checked by the very update
that uses it, and by a constraint behind it. All of it is part of the transaction of whoever calls.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from service_provider.adapters.ledger import bulk
from service_provider.adapters.ledger.prepared import Change, Question
from service_provider.models import Campaign, CampaignDay, LedgerRow

FULL_PCT = 100
_ROW = ("campaign_id", "coupon_id", "kind", "amount_minor", "at_ms", "by_label")
Kind = LedgerRow.Kind


class BudgetRefused(Exception):
    """The campaign's money or coupons are used up, or it does not run; `reason` is for machines."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class LedgerBroken(Exception):
    """A movement did not find the money it moves. It undoes its transaction and is a defect, never a refusal."""


@dataclass(frozen=True, slots=True)
class Purse:
    """Whose money moves, for which coupon, on whose word."""

    campaign_id: int
    coupon_id: int
    day: date  # on which the coupon was issued
    by_label: str


def set_aside(campaign_id: int, *, cap_minor: int, day: date, now_ms: int, is_new: bool = True) -> None:
    """Sets a coupon's worst case aside. BudgetRefused where the campaign does not run or cannot cover it.

    This comes before every row that names the campaign: on MariaDB such a row shares the campaign's lock, and two who
    share it and both want to write would wait for each other. A coupon that is made live again commits anew, and
    counts neither as issued again nor against the day.
    """
    if is_new:
        changed = _SET_ASIDE.make(campaign_id, cap_minor, now_ms)
    else:
        changed = _SET_ASIDE_ANEW.make(campaign_id, cap_minor)
    if not changed:
        raise _refusal(campaign_id, now_ms=now_ms)
    _set_aside_today(campaign_id, day, cap_minor, is_new=is_new)


def _covered(campaign_id: int, cap_minor: int) -> QuerySet[Campaign]:
    """The campaign, if its budget covers one more. Sums alone: an overbooked campaign may have spent more than its
    budget, and MariaDB refuses to reckon below zero."""
    used = F("spent_minor") * F("overbooking_pct") + (F("reserved_minor") + cap_minor) * FULL_PCT
    return (
        Campaign.objects.filter(pk=campaign_id, published_at__isnull=False)
        .alias(used=used)
        .filter(used__lte=F("budget_minor") * F("overbooking_pct"))
    )


def _running(campaign_id: int, cap_minor: int, now_ms: int) -> QuerySet[Campaign]:
    return _covered(campaign_id, cap_minor).filter(
        Q(limit_total=None) | Q(limit_total__gt=F("issued")),
        ended_at=None, paused_at=None, starts_ms__lte=now_ms, ends_ms__gt=now_ms,
    )  # fmt: skip


def _aside(cap_minor: int) -> dict[str, Any]:
    return {
        "committed_minor": F("committed_minor") + cap_minor,
        "reserved_minor": F("reserved_minor") + cap_minor,
    }


_SET_ASIDE = Change(
    lambda pk, cap, now_ms: (_running(pk, cap, now_ms), _aside(cap) | {"issued": F("issued") + 1}),
    int,
    int,
    int,
)
_SET_ASIDE_ANEW = Change(lambda pk, cap: (_covered(pk, cap), _aside(cap)), int, int)


def commit(purse: Purse, *, cap_minor: int, now_ms: int) -> None:
    """Writes down what was set aside for a coupon, now that it has a number."""
    _write(purse, Kind.COMMIT, cap_minor, now_ms)


def spend(purse: Purse, *, reserved_minor: int, cost_minor: int, now_ms: int) -> None:
    """Books the true cost of a redemption and gives the rest of what was set aside back."""
    rest = reserved_minor - cost_minor
    _found(_SPEND.make(purse.campaign_id, reserved_minor, cost_minor, rest), purse)
    _move_day(purse, reserved=-reserved_minor, spent=cost_minor)
    _write(purse, Kind.SPEND, cost_minor, now_ms)
    if rest:
        _write(purse, Kind.RELEASE, rest, now_ms)


def release(purse: Purse, *, reserved_minor: int, now_ms: int) -> None:
    """Gives all back that was set aside for a coupon that will not be redeemed."""
    _found(_RELEASE.make(purse.campaign_id, reserved_minor), purse)
    _move_day(purse, reserved=-reserved_minor, spent=0)
    _write(purse, Kind.RELEASE, reserved_minor, now_ms)


def reverse(purse: Purse, *, cost_minor: int, now_ms: int) -> None:
    """Books the cost of a redemption back that was taken back."""
    _found(_REVERSE.make(purse.campaign_id, cost_minor), purse)
    _move_day(purse, reserved=0, spent=-cost_minor)
    _write(purse, Kind.REVERSE, cost_minor, now_ms)


_SPEND = Change(
    lambda pk, reserved, cost, rest: (
        Campaign.objects.filter(pk=pk, reserved_minor__gte=reserved),
        {
            "reserved_minor": F("reserved_minor") - reserved,
            "spent_minor": F("spent_minor") + cost,
            "released_minor": F("released_minor") + rest,
            "redeemed": F("redeemed") + 1,
        },
    ),
    int,
    int,
    int,
    int,
)
_RELEASE = Change(
    lambda pk, reserved: (
        Campaign.objects.filter(pk=pk, reserved_minor__gte=reserved),
        {
            "reserved_minor": F("reserved_minor") - reserved,
            "released_minor": F("released_minor") + reserved,
        },
    ),
    int,
    int,
)
_REVERSE = Change(
    lambda pk, cost: (
        Campaign.objects.filter(pk=pk, spent_minor__gte=cost, redeemed__gte=1),
        {
            "spent_minor": F("spent_minor") - cost,
            "released_minor": F("released_minor") + cost,
            "redeemed": F("redeemed") - 1,
        },
    ),
    int,
    int,
)


def _found(changed: int, purse: Purse) -> None:
    if not changed:
        raise LedgerBroken(f"Campaign {purse.campaign_id} does not hold what coupon {purse.coupon_id} moves.")


def _set_aside_today(campaign_id: int, day: date, cap_minor: int, *, is_new: bool) -> None:
    """The same for the day, whose row is made with its first coupon. BudgetRefused."""
    if _move_today(campaign_id, day, cap_minor, is_new=is_new):
        return
    _, is_first = CampaignDay.objects.get_or_create(campaign_id=campaign_id, day=day)
    if not is_first or not _move_today(campaign_id, day, cap_minor, is_new=is_new):
        raise BudgetRefused("day_budget", "Today's budget of this campaign is used up.")


def _move_today(campaign_id: int, day: date, cap_minor: int, *, is_new: bool) -> int:
    if not is_new:
        return _TODAY_ANEW.make(campaign_id, day, cap_minor)
    ((budget, pct),) = _OF_A_DAY.ask(campaign_id)
    if budget is None:
        return _TODAY_UNBOUND.make(campaign_id, day, cap_minor)
    return _TODAY.make(campaign_id, day, cap_minor, budget * pct, pct)


def _day(campaign_id: int, day: date) -> QuerySet[CampaignDay]:
    return CampaignDay.objects.filter(campaign_id=campaign_id, day=day)


def _day_covered(campaign_id: int, day: date, cap: int, most: int, pct: int) -> QuerySet[CampaignDay]:
    used = F("spent_minor") * pct + (F("reserved_minor") + cap) * FULL_PCT
    return _day(campaign_id, day).alias(used=used).filter(used__lte=most)


_OF_A_DAY = Question(
    lambda pk: Campaign.objects.filter(pk=pk).values_list("day_budget_minor", "overbooking_pct"), int
)
_TODAY_ANEW = Change(
    lambda pk, day, cap: (_day(pk, day), {"reserved_minor": F("reserved_minor") + cap}), int, date, int
)
_TODAY_UNBOUND = Change(
    lambda pk, day, cap: (
        _day(pk, day),
        {"reserved_minor": F("reserved_minor") + cap, "issued": F("issued") + 1},
    ),
    int,
    date,
    int,
)
_TODAY = Change(
    lambda pk, day, cap, most, pct: (
        _day_covered(pk, day, cap, most, pct),
        {"reserved_minor": F("reserved_minor") + cap, "issued": F("issued") + 1},
    ),
    int,
    date,
    int,
    int,
    int,
)


def _move_day(purse: Purse, *, reserved: int, spent: int) -> None:
    least = (max(0, -reserved), max(0, -spent))
    if not _DAY.make(purse.campaign_id, purse.day, *least, reserved, spent):
        raise LedgerBroken(
            f"The day {purse.day} of campaign {purse.campaign_id} does not hold what is moved."
        )


_DAY = Change(
    lambda pk, day, least_reserved, least_spent, reserved, spent: (
        _day(pk, day).filter(reserved_minor__gte=least_reserved, spent_minor__gte=least_spent),
        {"reserved_minor": F("reserved_minor") + reserved, "spent_minor": F("spent_minor") + spent},
    ),
    int,
    date,
    int,
    int,
    int,
    int,
)


def _write(purse: Purse, kind: LedgerRow.Kind, minor: int, now_ms: int) -> None:
    bulk.insert(
        LedgerRow, _ROW, [(purse.campaign_id, purse.coupon_id, kind.value, minor, now_ms, purse.by_label)]
    )


def _refusal(campaign_id: int, *, now_ms: int) -> BudgetRefused:
    """Why the update changed nothing, as far as the row says it now."""
    row = Campaign.objects.get(pk=campaign_id)
    if row.published_at is None or row.ended_at or row.paused_at or not row.starts_ms <= now_ms < row.ends_ms:
        return BudgetRefused("not_running", "This campaign does not run now.")
    if row.limit_total is not None and row.issued >= row.limit_total:
        return BudgetRefused("limit_total", "All coupons of this campaign have been given out.")
    return BudgetRefused("budget", "What is left of the budget does not cover this coupon.")
