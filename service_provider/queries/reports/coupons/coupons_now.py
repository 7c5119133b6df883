"""Coupons as the overview shows them: today's, the money that is left, and what they changed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from engine.policy.campaigns import RUNNING, budget_left_minor, state_of
from service_provider.models import Campaign, CampaignDay, Redemption
from service_provider.queries import campaign_terms
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.coupons import campaign_effect
from service_provider.queries.reports.coupons.campaign_effect import Effect


@dataclass(frozen=True, slots=True)
class CouponsNow:
    """Money in the smallest unit; what is left and the budgets are those of the campaigns that run. `left_today` is
    what may be given out today: campaigns without a budget of a day count with all that they have left."""

    campaigns: int  # there are, drafts too
    running: int
    issued: int
    issued_today: int
    redeemed: int
    redeemed_today: int
    spent_minor: int
    left_minor: int
    left_today_minor: int
    budget_minor: int
    effect: Effect


def pulse() -> str:
    """Changes when a coupon was given out, used, taken back or ended. One query."""
    sums = Campaign.objects.aggregate(
        issued=Sum("issued"),
        redeemed=Sum("redeemed"),
        reserved=Sum("reserved_minor"),
        spent=Sum("spent_minor"),
    )
    return "-".join(str(value or 0) for value in sums.values())


def get(settings: MallSettings, *, now: datetime) -> CouponsNow:
    """Three queries, and three more where half a minute is over."""
    rows = list(Campaign.objects.filter(is_rehearsal=False))
    facts = [(row, campaign_terms.facts_of(row)) for row in rows]
    now_ms = int(now.timestamp() * 1000)
    running = [(row, budget_left_minor(one)) for row, one in facts if state_of(one, now_ms=now_ms) == RUNNING]
    today = settings.local(now).date()
    midnight = datetime.combine(today, time(), ZoneInfo(settings.zone))
    used = {
        day.campaign_id: day for day in CampaignDay.objects.filter(day=today, campaign__is_rehearsal=False)
    }
    redeemed_today = Redemption.objects.filter(
        Q(reversed_ms=None), coupon__campaign__is_rehearsal=False,
        at_ms__gte=int(midnight.timestamp() * 1000),
        at_ms__lt=int((midnight + timedelta(days=2)).timestamp() * 1000),
    ).count()  # fmt: skip
    return CouponsNow(
        campaigns=len(rows),
        running=len(running),
        issued=sum(row.issued for row in rows),
        issued_today=sum(day.issued for day in used.values()),
        redeemed=sum(row.redeemed for row in rows),
        redeemed_today=redeemed_today,
        spent_minor=sum(row.spent_minor for row in rows),
        left_minor=sum(left for _, left in running),
        left_today_minor=sum(_left_today(row, left, used.get(row.pk)) for row, left in running),
        budget_minor=sum(row.budget_minor for row, _ in running),
        effect=campaign_effect.of_mall(settings, now=now),
    )


def _left_today(row: Campaign, left: int, day: CampaignDay | None) -> int:
    if row.day_budget_minor is None:
        return left
    taken = day.spent_minor - (-day.reserved_minor * 100 // row.overbooking_pct) if day else 0
    return max(0, min(left, row.day_budget_minor - taken))
