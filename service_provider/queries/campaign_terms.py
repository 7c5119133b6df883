"""What a decision is made of: the campaigns that run, what this shopper has had, the margins of the house."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, Max, Q

from engine.contracts import CampaignCase, Standing
from engine.policy.campaigns import CampaignFacts, promises_left_minor
from service_provider.models import Campaign, CampaignDay, CampaignShopper, Coupon, OrderLine, Product

LIVE = (Coupon.State.ISSUED, Coupon.State.SEEN)
JUST_BOUGHT_MS = 7 * 24 * 3_600_000
MARGINS_LIVE_S = 60.0
BP = 10_000


@dataclass(frozen=True, slots=True)
class Had:
    """What a shopper has had, as limits ask for it."""

    standing: Standing
    by_campaign: Mapping[int, int]


def facts_of(row: Campaign) -> CampaignFacts:
    """What a row says of its state."""
    return CampaignFacts(
        is_published=row.published_at is not None,
        is_paused=row.paused_at is not None,
        is_ended=row.ended_at is not None,
        starts_ms=row.starts_ms,
        ends_ms=row.ends_ms,
        budget_minor=row.budget_minor,
        reserved_minor=row.reserved_minor,
        spent_minor=row.spent_minor,
        cap_minor=row.cap_minor,
        overbooking_pct=row.overbooking_pct,
        limit_total=row.limit_total,
        issued=row.issued,
    )


def list_running(*, now_ms: int) -> list[Campaign]:
    """The campaigns whose time it is, the highest priority first, of equals the smaller id. One query.

    What is used up is among them: that a campaign could pay no more is a reason to be written down.
    """
    rows = Campaign.objects.filter(
        published_at__isnull=False, paused_at=None, ended_at=None, is_rehearsal=False,
        starts_ms__lte=now_ms, ends_ms__gt=now_ms,
    )  # fmt: skip
    return list(rows.order_by("-priority", "pk"))


def cases_of(rows: list[Campaign], had: Mapping[int, int], *, day: date) -> tuple[CampaignCase, ...]:
    """The campaigns as they are for a shopper today. One query where any has a budget a day."""
    days = _days([row for row in rows if row.day_budget_minor is not None], day)
    return tuple(_case(row, had.get(row.pk, 0), days) for row in rows)


def _case(row: Campaign, had: int, days: Mapping[int, CampaignDay]) -> CampaignCase:
    facts, given = facts_of(row), row.parameters
    left = _left(row, row.budget_minor, row)
    if row.day_budget_minor is not None:
        left = min(left, _left(row, row.day_budget_minor, days.get(row.pk, CampaignDay())))
    if facts.limit_total is not None and facts.issued >= facts.limit_total:
        left = 0
    return CampaignCase(
        campaign_id=row.pk, priority=row.priority, depths=depths_of(row), cap_minor=row.cap_minor,
        min_basket_minor=row.min_basket_minor, budget_left_minor=left, categories=tuple(row.categories),
        audience=row.audience, segments=tuple(row.segments), policy=row.policy, threshold=given.get("threshold"),
        arm=given.get("arm", 1), rate=given.get("rate", 0.0), margin_floor=given.get("margin_floor", 0.0),
        cooldown_ms=row.cooldown_hours * 3_600_000, limit_per_shopper=row.limit_per_shopper, had=had,
        own_holdout_bp=row.holdout_bp, salt=row.salt,
    )  # fmt: skip


def depths_of(row: Campaign) -> tuple[float, ...]:
    """By arm from 1: the share of the price that comes off; of an amount, its share of the minimum basket."""
    whole = BP if row.discount_kind == Campaign.Discount.PERCENT else max(1, row.min_basket_minor)
    return tuple(min(1.0, depth / whole) for depth in row.depths)


def _left(row: Campaign, budget_minor: int, booked: Campaign | CampaignDay) -> int:
    """What may still be promised of a budget, in all or of a day: as the issuing reckons, so that an overbooked
    campaign is not said to be empty while it still issues."""
    return promises_left_minor(
        budget_minor,
        spent_minor=booked.spent_minor,
        reserved_minor=booked.reserved_minor,
        overbooking_pct=row.overbooking_pct,
    )


def _days(rows: list[Campaign], day: date) -> dict[int, CampaignDay]:
    if not rows:
        return {}
    return {
        one.campaign_id: one
        for one in CampaignDay.objects.filter(campaign_id__in=[row.pk for row in rows], day=day)
    }


def had_of(shopper_id: int, *, visit_id: int, is_bot: bool, now_ms: int) -> Had:
    """What limits ask of her coupons and purchases. Three queries."""
    coupons = Coupon.objects.filter(shopper_id=shopper_id).aggregate(
        last=Max("issued_ms"),
        live=Count("pk", filter=Q(state__in=LIVE, expires_ms__gt=now_ms)),
        here=Count("pk", filter=Q(decision__visit_id=visit_id)),
    )
    bought = OrderLine.objects.filter(
        order__shopper_id=shopper_id, order__placed_ms__gt=now_ms - JUST_BOUGHT_MS, order__cancelled_ms=None
    )
    counts = CampaignShopper.objects.filter(shopper_id=shopper_id).values_list("campaign_id", "issued")
    standing = Standing(
        coupons_this_visit=coupons["here"],
        last_coupon_at=coupons["last"],
        live_coupons=coupons["live"],
        just_bought=frozenset(bought.values_list("category", flat=True).distinct()),
        is_bot=is_bot,
    )
    return Had(standing, dict(counts))


class _Margins:
    """Mean margins by category, read once a minute by each process: they change when a catalogue does."""

    def __init__(self) -> None:
        self._lock, self._known, self._until = threading.Lock(), dict[str, float](), 0.0

    def get(self, *, clock_s: float) -> Mapping[str, float]:
        with self._lock:
            if clock_s >= self._until or not self._known:
                rows = (
                    Product.objects.filter(is_active=True).values_list("category").annotate(Avg("margin_bp"))
                )
                self._known = {category: mean / BP for category, mean in rows}
                self._until = clock_s + MARGINS_LIVE_S
            return self._known

    def forget(self) -> None:
        with self._lock:
            self._known, self._until = {}, 0.0


margins = _Margins()


def today(zone: str, *, now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def end_of(day: date, zone: str) -> int:
    """The moment after the last second of a day in a zone, in milliseconds since 1970; also when clocks change."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return int(midnight.timestamp() * 1000)
