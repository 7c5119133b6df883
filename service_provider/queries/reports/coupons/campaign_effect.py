"""What coupons changed: shoppers whom a campaign met, against those of them who were held out.

Rules: docs/algorithms/campaign_report.md. A shopper counts where she was put first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from engine.contracts import Compared, ExperimentReport
from engine.experiments import report
from engine.experiments.assign import HOLDOUT, OWN_HOLDOUT, TREATED
from engine.experiments.report import Shoppers
from service_provider.models import Campaign, Decision, Membership, OrderLine, Product, Redemption
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings

DAY_MS = 86_400_000
WINDOW_DAYS, BEFORE_DAYS = 14, 30
MALL_DAYS = 28  # shoppers whom any campaign met in so many days are compared for the mall as a whole
BP = 10_000
CONTRIBUTION, REVENUE, BOUGHT = "contribution", "revenue", "bought"
HELD = (HOLDOUT, OWN_HOLDOUT)
NO_SEGMENT = ""


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """Of the shoppers who were in this segment when the campaign first met them; None: not enough data yet."""

    code: str
    treated: int
    held: int
    contribution: Compared | None
    is_sure: bool  # also among all segments together (Holm)


@dataclass(frozen=True, slots=True)
class Effect:
    """`conflicts` shoppers were met in both groups, because a visitor logged in; they count in the first one."""

    found: ExperimentReport
    conflicts: int
    own_holdout_bp: int
    holdout_bp: int
    segments: tuple[SegmentEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class _Units:
    """Shoppers by id, each with her group and the moment at which she counts from."""

    ids: Any
    first_ms: Any
    is_treated: Any
    conflicts: int
    met: QuerySet[Decision]

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, shopper_ids: Any) -> Any:
        return np.searchsorted(self.ids, shopper_ids)


_mall: Kept[Effect] = Kept(for_seconds=30)


def of_campaign(campaign_id: int, *, settings: MallSettings, now: datetime) -> Effect:
    """Five queries, whatever there is to count."""
    own = Campaign.objects.values_list("holdout_bp", flat=True).get(pk=campaign_id)
    units = _read(Decision.objects.filter(campaign_id=campaign_id), Q(group__in=HELD))
    shoppers = _columns(units, now=now)
    share = report.held_share(holdout_bp=settings.holdout_bp, own_holdout_bp=own)
    found = report.compare(shoppers, held_share=share)
    segments = _by_segment(units, shoppers) if found.outcomes else ()
    return Effect(found, units.conflicts, own, settings.holdout_bp, segments)


def of_mall(settings: MallSettings, *, now: datetime) -> Effect:
    """All campaigns of the last weeks together, against the mall's own holdout alone. At most half a minute old; three
    queries when that is over."""
    return _mall.get(lambda: _of_mall(settings, now), now=now)


def _of_mall(settings: MallSettings, now: datetime) -> Effect:
    since = _ms(now - timedelta(days=MALL_DAYS))
    met = Decision.objects.filter(at_ms__gte=since, campaign__is_rehearsal=False)
    units = _read(met, Q(group=HOLDOUT))
    share = report.held_share(holdout_bp=settings.holdout_bp)
    found = report.compare(_columns(units, now=now), held_share=share)
    return Effect(found, units.conflicts, 0, settings.holdout_bp)


def _read(decisions: QuerySet[Decision], held: Q) -> _Units:
    """One query, a row for each shopper."""
    met = decisions.filter(visit__is_bot=False, group__in=(*HELD, TREATED))
    rows = (
        met.values("shopper_id")
        .annotate(treated_ms=Min("at_ms", filter=~held), held_ms=Min("at_ms", filter=held))
        .order_by("shopper_id")
        .values_list("shopper_id", "treated_ms", "held_ms")
    )
    ids, firsts, treated, conflicts = [], [], [], 0
    for shopper_id, treated_ms, held_ms in rows:
        is_treated = held_ms is None or (treated_ms is not None and treated_ms < held_ms)
        conflicts += treated_ms is not None and held_ms is not None
        ids.append(shopper_id)
        firsts.append(treated_ms if is_treated else held_ms)
        treated.append(is_treated)
    return _Units(
        np.array(ids, dtype=np.int64), np.array(firsts, dtype=np.int64), np.array(treated, dtype=bool),
        conflicts, met,
    )  # fmt: skip


def _columns(units: _Units, *, now: datetime) -> Shoppers:
    """Money by shopper, in the smallest unit. Two queries."""
    n = len(units)
    contribution, revenue, before = (np.zeros(n) for _ in range(3))
    orders = np.zeros(n, dtype=np.int64)
    if n:
        lines = np.array(list(_orders(units)), dtype=np.int64).reshape(-1, 4)
        place, at_ms, paid, kept = units.places(lines[:, 0]), lines[:, 1], lines[:, 2], lines[:, 3]
        counts = _is_within(units, place, at_ms, now)
        np.add.at(contribution, place[counts], kept[counts])
        np.add.at(revenue, place[counts], paid[counts])
        np.add.at(orders, place[counts], 1)
        since = units.first_ms[place]
        earlier = (at_ms < since) & (at_ms >= since - BEFORE_DAYS * DAY_MS)
        np.add.at(before, place[earlier], kept[earlier])
        tills = np.array(list(_at_tills(units)), dtype=np.int64).reshape(-1, 3)
        place = units.places(tills[:, 0])
        counts = _is_within(units, place, tills[:, 1], now)
        np.add.at(contribution, place[counts], -tills[:, 2][counts])
    bought = orders > 0
    outcomes = {CONTRIBUTION: contribution, REVENUE: revenue, BOUGHT: bought.astype(np.float64)}
    return Shoppers(units.is_treated, bought, outcomes, before)


def _is_within(units: _Units, place: Any, at_ms: Any, now: datetime) -> Any:
    since = units.first_ms[place]
    return (at_ms >= since) & (at_ms < since + WINDOW_DAYS * DAY_MS) & (at_ms <= _ms(now))


def _orders(units: _Units) -> Iterator[tuple[int, int, int, int]]:
    """Shopper, moment, what was paid and what was left of it: by order that was not cancelled."""
    margin = Product.objects.filter(product_id=OuterRef("product_id")).values("margin_bp")[:1]
    since = int(units.first_ms.min()) - BEFORE_DAYS * DAY_MS
    gross = F("price_minor") * F("quantity")
    rows = (
        OrderLine.objects.filter(
            order__cancelled_ms=None, order__placed_ms__gte=since,
            order__shopper_id__in=units.met.values("shopper_id"),
        )
        .annotate(margin_bp=Coalesce(Subquery(margin), 0))
        .values("order_id", "order__shopper_id", "order__placed_ms", "order__total_minor", "order__discount_minor")
        .annotate(earned=Sum(gross * F("margin_bp")))
        .order_by()
        .values_list(
            "order__shopper_id", "order__placed_ms", "order__total_minor", "order__discount_minor", "earned"
        )
    )  # fmt: skip
    for shopper_id, placed_ms, total, discount, earned in rows.iterator():
        yield shopper_id, placed_ms, total, int(earned) // BP - discount


def _at_tills(units: _Units) -> Iterator[tuple[int, int, int]]:
    """Shopper, moment and cost of coupons used at tills: what was sold there is known of nobody else."""
    rows = Redemption.objects.filter(
        order=None, reversed_ms=None, at_ms__gte=int(units.first_ms.min()),
        coupon__shopper_id__in=units.met.values("shopper_id"),
    )  # fmt: skip
    return rows.values_list("coupon__shopper_id", "at_ms", "discount_minor").iterator()


# ---- segments -----------------------------------------------------------------------------------------


def _by_segment(units: _Units, shoppers: Shoppers) -> tuple[SegmentEffect, ...]:
    """By the segment in which the campaign first met her: what she is in now may have come of a coupon. One query."""
    codes = _segments(units)
    parts = []
    for code in sorted({*codes.tolist()} - {NO_SEGMENT}):
        part = shoppers.where(codes == code)
        # The whole is split as it should be; a part of it need not be tested once more.
        told = report.differences(part)[CONTRIBUTION] if report.has_enough(part) else None
        treated = int(part.is_treated.sum())
        parts.append((code, treated, len(part) - treated, told))
    known = [told for *_, told in parts if told is not None]
    sure = iter(report.sure_together(known))
    return tuple(SegmentEffect(*one, is_sure=next(sure) if one[3] is not None else False) for one in parts)


def _segments(units: _Units) -> Any:
    codes = np.full(len(units), NO_SEGMENT, dtype=object)
    rows = Membership.objects.filter(shopper_id__in=units.met.values("shopper_id")).values_list(
        "shopper_id", "segment", "from_at", "until_at"
    )
    for shopper_id, segment, from_at, until_at in rows.iterator():
        place = int(units.places(shopper_id))
        first = datetime.fromtimestamp(int(units.first_ms[place]) / 1000, UTC)
        if from_at <= first and (until_at is None or first < until_at):
            codes[place] = segment
    return codes


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
