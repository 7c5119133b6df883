"""The money of campaigns: every movement is one conditional update of the row's sums and one row of the ledger.

committed = reserved + spent + released holds at every moment; the guard of a budget is checked by the very update
that uses it, and by a constraint behind it. All of it is part of the transaction of whoever calls.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from service_provider.models import Campaign, CampaignDay, LedgerRow

FULL_PCT = 100
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
    wanted = Q(pk=campaign_id, published_at__isnull=False)
    if is_new:
        wanted &= Q(ended_at=None, paused_at=None, starts_ms__lte=now_ms, ends_ms__gt=now_ms)
        wanted &= Q(limit_total=None) | Q(limit_total__gt=F("issued"))
    # Sums alone: an overbooked campaign may have spent more than its budget, and MariaDB refuses to reckon below zero.
    used = F("spent_minor") * F("overbooking_pct") + (F("reserved_minor") + cap_minor) * FULL_PCT
    changed = (
        Campaign.objects.filter(wanted)
        .alias(used=used)
        .filter(used__lte=F("budget_minor") * F("overbooking_pct"))
        .update(
            committed_minor=F("committed_minor") + cap_minor,
            reserved_minor=F("reserved_minor") + cap_minor,
            issued=F("issued") + int(is_new),
        )
    )
    if not changed:
        raise _refusal(campaign_id, now_ms=now_ms)
    _set_aside_today(campaign_id, day, cap_minor, is_new=is_new)


def commit(purse: Purse, *, cap_minor: int, now_ms: int) -> None:
    """Writes down what was set aside for a coupon, now that it has a number."""
    _write(purse, Kind.COMMIT, cap_minor, now_ms)


def spend(purse: Purse, *, reserved_minor: int, cost_minor: int, now_ms: int) -> None:
    """Books the true cost of a redemption and gives the rest of what was set aside back."""
    rest = reserved_minor - cost_minor
    _move(
        purse,
        Q(reserved_minor__gte=reserved_minor),
        reserved_minor=F("reserved_minor") - reserved_minor,
        spent_minor=F("spent_minor") + cost_minor,
        released_minor=F("released_minor") + rest,
        redeemed=F("redeemed") + 1,
    )
    _move_day(purse, reserved=-reserved_minor, spent=cost_minor)
    _write(purse, Kind.SPEND, cost_minor, now_ms)
    if rest:
        _write(purse, Kind.RELEASE, rest, now_ms)


def release(purse: Purse, *, reserved_minor: int, now_ms: int) -> None:
    """Gives all back that was set aside for a coupon that will not be redeemed."""
    _move(
        purse,
        Q(reserved_minor__gte=reserved_minor),
        reserved_minor=F("reserved_minor") - reserved_minor,
        released_minor=F("released_minor") + reserved_minor,
    )
    _move_day(purse, reserved=-reserved_minor, spent=0)
    _write(purse, Kind.RELEASE, reserved_minor, now_ms)


def reverse(purse: Purse, *, cost_minor: int, now_ms: int) -> None:
    """Books the cost of a redemption back that was taken back."""
    _move(
        purse,
        Q(spent_minor__gte=cost_minor, redeemed__gte=1),
        spent_minor=F("spent_minor") - cost_minor,
        released_minor=F("released_minor") + cost_minor,
        redeemed=F("redeemed") - 1,
    )
    _move_day(purse, reserved=0, spent=-cost_minor)
    _write(purse, Kind.REVERSE, cost_minor, now_ms)


def _move(purse: Purse, where: Q, **changes: object) -> None:
    if not Campaign.objects.filter(where, pk=purse.campaign_id).update(**changes):
        raise LedgerBroken(f"Campaign {purse.campaign_id} does not hold what coupon {purse.coupon_id} moves.")


def _set_aside_today(campaign_id: int, day: date, cap_minor: int, *, is_new: bool) -> None:
    """The same for the day, whose row is made with its first coupon. BudgetRefused."""
    CampaignDay.objects.get_or_create(campaign_id=campaign_id, day=day)
    budget, pct = Campaign.objects.values_list("day_budget_minor", "overbooking_pct").get(pk=campaign_id)
    rows = CampaignDay.objects.filter(campaign_id=campaign_id, day=day)
    if budget is not None and is_new:
        used = F("spent_minor") * pct + (F("reserved_minor") + cap_minor) * FULL_PCT
        rows = rows.alias(used=used).filter(used__lte=budget * pct)
    changed = rows.update(reserved_minor=F("reserved_minor") + cap_minor, issued=F("issued") + int(is_new))
    if not changed:
        raise BudgetRefused("day_budget", "Today's budget of this campaign is used up.")


def _move_day(purse: Purse, *, reserved: int, spent: int) -> None:
    rows = CampaignDay.objects.filter(campaign_id=purse.campaign_id, day=purse.day)
    changed = rows.filter(reserved_minor__gte=-reserved, spent_minor__gte=-spent).update(
        reserved_minor=F("reserved_minor") + reserved, spent_minor=F("spent_minor") + spent
    )
    if not changed:
        raise LedgerBroken(
            f"The day {purse.day} of campaign {purse.campaign_id} does not hold what is moved."
        )


def _write(purse: Purse, kind: LedgerRow.Kind, minor: int, now_ms: int) -> None:
    LedgerRow.objects.create(
        campaign_id=purse.campaign_id, coupon_id=purse.coupon_id, kind=kind, amount_minor=minor, at_ms=now_ms,
        by_label=purse.by_label,
    )  # fmt: skip


def _refusal(campaign_id: int, *, now_ms: int) -> BudgetRefused:
    """Why the update changed nothing, as far as the row says it now."""
    row = Campaign.objects.get(pk=campaign_id)
    if row.published_at is None or row.ended_at or row.paused_at or not row.starts_ms <= now_ms < row.ends_ms:
        return BudgetRefused("not_running", "This campaign does not run now.")
    if row.limit_total is not None and row.issued >= row.limit_total:
        return BudgetRefused("limit_total", "All coupons of this campaign have been given out.")
    return BudgetRefused("budget", "What is left of the budget does not cover this coupon.")
