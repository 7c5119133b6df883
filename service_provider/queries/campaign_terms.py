"""What a decision is made of: the campaigns that run, what this shopper has had, the margins of the house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db.models import Avg

from engine.contracts import CampaignCase, Standing
from engine.policy.campaigns import CampaignFacts, promises_left_minor
from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Campaign, CampaignDay, CampaignShopper, Coupon, Mall, OrderLine, Product
from service_provider.queries import mall
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings

JUST_BOUGHT_MS = 7 * 24 * 3_600_000
BP = 10_000


@dataclass(frozen=True, slots=True)
class Had:
    """What a shopper has had, as limits ask for it."""

    standing: Standing
    by_campaign: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class InForce:
    """What is the same for every shopper: the campaigns whose time it is, the highest priority first, of equals the
    smaller id; what their budgets of today have; the settings of the mall; and whether all coupons are stopped.

    Campaigns that are used up are among them: that they could pay no more is a reason to be written down.
    """

    campaigns: tuple[Campaign, ...]
    days: Mapping[int, CampaignDay]
    settings: MallSettings
    day: date
    is_stopped: bool


def in_force(*, now_ms: int) -> InForce:
    """As it was a second ago at most; who issues looks again, after the locks. Four queries a second at most."""
    return _in_force.get(partial(_read_in_force, now_ms), now=_moment(now_ms))


def margins(*, now_ms: int) -> Mapping[str, float]:
    """Mean margins by category, as they were a minute ago at most: they change when a catalogue does."""
    return _margins.get(_read_margins, now=_moment(now_ms))


_in_force: Kept[InForce] = Kept(for_seconds=1, in_transactions=False)
_margins: Kept[Mapping[str, float]] = Kept(for_seconds=60, in_transactions=False)


def _read_in_force(now_ms: int) -> InForce:
    rows = Campaign.objects.filter(
        published_at__isnull=False, paused_at=None, ended_at=None, is_rehearsal=False,
        starts_ms__lte=now_ms, ends_ms__gt=now_ms,
    )  # fmt: skip
    campaigns = tuple(rows.order_by("-priority", "pk"))
    settings = mall.get_settings()
    day = today(settings.zone, now_ms=now_ms)
    is_stopped = Mall.objects.filter(pk=1, coupons_stopped_at__isnull=False).exists()
    return InForce(campaigns, _days(campaigns, day), settings, day, is_stopped)


def _read_margins() -> Mapping[str, float]:
    rows = (
        Product.objects.filter(is_active=True).values_list("category").annotate(Avg("margin_bp")).order_by()
    )
    return {category: mean / BP for category, mean in rows}


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


def cases_of(
    rows: Sequence[Campaign], had: Mapping[int, int], days: Mapping[int, CampaignDay]
) -> tuple[CampaignCase, ...]:
    """The campaigns as they are for a shopper; `days` are their sums of today."""
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


def _days(rows: Sequence[Campaign], day: date) -> dict[int, CampaignDay]:
    """Of those that have a budget a day; one query where any has."""
    ids = [row.pk for row in rows if row.day_budget_minor is not None]
    return (
        {one.campaign_id: one for one in CampaignDay.objects.filter(campaign_id__in=ids, day=day)}
        if ids
        else {}
    )


def had_of(shopper_id: int, *, visit_id: int, is_bot: bool, now_ms: int) -> Had:
    """What limits ask of her coupons and purchases. Three queries."""
    coupons = _COUPONS.ask(shopper_id)
    standing = Standing(
        coupons_this_visit=sum(visit == visit_id for _, _, _, visit in coupons),
        last_coupon_at=max((issued_ms for issued_ms, _, _, _ in coupons), default=None),
        live_coupons=sum(state in Coupon.LIVE and expires_ms > now_ms for _, state, expires_ms, _ in coupons),
        just_bought=frozenset(name for (name,) in _BOUGHT.ask(shopper_id, now_ms - JUST_BOUGHT_MS)),
        is_bot=is_bot,
    )
    return Had(standing, dict(_HAD.ask(shopper_id)))


_COUPONS = Question(
    lambda shopper_id: Coupon.objects.filter(shopper_id=shopper_id).values_list(
        "issued_ms", "state", "expires_ms", "decision__visit_id"
    ),
    int,
)
_BOUGHT = Question(
    lambda shopper_id, since_ms: (
        OrderLine.objects.filter(
            order__shopper_id=shopper_id, order__placed_ms__gt=since_ms, order__cancelled_ms=None
        )
        .values_list("category")
        .distinct()
    ),
    int,
    int,
)
_HAD = Question(
    lambda shopper_id: CampaignShopper.objects.filter(shopper_id=shopper_id).values_list(
        "campaign_id", "issued"
    ),
    int,
)


def _moment(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC)


def today(zone: str, *, now_ms: int) -> date:
    return _moment(now_ms).astimezone(ZoneInfo(zone)).date()


def end_of(day: date, zone: str) -> int:
    """The moment after the last second of a day in a zone, in milliseconds since 1970; also when clocks change."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return int(midnight.timestamp() * 1000)
