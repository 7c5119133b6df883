"""What became of a campaign's coupons: in all, by day, category and segment; what shoppers said of them; and whether
those were meant who would have left."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce

from engine.contracts import NO_COUPON
from service_provider.models import Coupon, Decision, Order, Redemption
from service_provider.queries.mall import MallSettings
from service_provider.queries.people.naming import Names
from service_provider.queries.reports.coupons.campaign_effect import HELD
from service_provider.queries.reports.shares import Share

State = Coupon.State
SILENCE = timedelta(minutes=30)
COMMENTS = 10
MOST_DAYS = 92


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of coupons, money in the smallest unit. `revenue` is what was paid for baskets with a coupon, at tills
    too; `over` coupons have reached their end, `over_redeemed` of them were used."""

    issued: int = 0
    seen: int = 0
    dismissed: int = 0
    live: int = 0
    redeemed: int = 0
    expired: int = 0
    revoked: int = 0
    reversed: int = 0
    over: int = 0
    over_redeemed: int = 0
    rated: int = 0
    stars: int = 0
    comments: int = 0
    spent_minor: int = 0
    revenue_minor: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Line:
    """The coupons of one day, category or segment."""

    name: str
    tally: Tally
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What was said of a coupon, without the words that name who said it."""

    at: datetime
    rating: int | None
    text: str
    coupon_id: int


@dataclass(frozen=True, slots=True)
class Precision:
    """Of held-out visits that are over: how many ended without a purchase, of those in which a coupon was wanted and of
    all in which something was decided."""

    meant: Share
    all_: Share


def by_day(campaign_id: int, *, now: datetime) -> tuple[Line, ...]:
    """The day of the mall's zone on which they were given out, the oldest first. One query."""
    rows = _counted(campaign_id, now, day=F("issued_day"))
    return tuple(Line("", tally, day) for day, tally in sorted(rows, key=lambda row: row[0]))


def by_category(campaign_id: int, *, now: datetime) -> tuple[Line, ...]:
    """The most given out first. One query."""
    return _named(_counted(campaign_id, now, name=F("category")))


def by_segment(campaign_id: int, *, now: datetime) -> tuple[Line, ...]:
    """By the segment in which the shopper was when it was decided; empty: none. One query."""
    told = KeyTextTransform("segment", KeyTransform("case", "decision__seen"))
    code = Coalesce(told, Value(""), output_field=TextField())
    return _named(_counted(campaign_id, now, name=code))


def total(lines: Iterable[Line]) -> Tally:
    return sum((line.tally for line in lines), Tally())


def _named(rows: Iterable[tuple[Any, Tally]]) -> tuple[Line, ...]:
    return tuple(Line(name, tally) for name, tally in sorted(rows, key=lambda row: (-row[1].issued, row[0])))


def _counted(campaign_id: int, now: datetime, **group: Any) -> list[tuple[Any, Tally]]:
    now_ms = _ms(now)
    used = Redemption.objects.filter(live_coupon=OuterRef("pk")).values("basket_minor")[:1]
    is_live, is_over = Q(state__in=Coupon.LIVE, expires_ms__gt=now_ms), Q(expires_ms__lte=now_ms)
    rows: QuerySet[Any, Any] = (
        Coupon.objects.filter(campaign_id=campaign_id)
        .annotate(basket_minor=Coalesce(Subquery(used), 0))
        .values(**{f"by_{name}": column for name, column in group.items()})
        .annotate(
            issued=Count("pk"),
            was_seen=Count("pk", filter=Q(seen_ms__isnull=False)),
            dismissed=Count("pk", filter=Q(dismissed_ms__isnull=False)),
            live=Count("pk", filter=is_live),
            redeemed=Count("pk", filter=Q(state=State.REDEEMED)),
            # What nobody has put an end to yet is over all the same.
            expired=Count("pk", filter=Q(state=State.EXPIRED) | Q(state__in=Coupon.LIVE) & is_over),
            revoked=Count("pk", filter=Q(state=State.REVOKED)),
            reversed=Count("pk", filter=Q(state=State.REVERSED)),
            over=Count("pk", filter=is_over),
            over_redeemed=Count("pk", filter=is_over & Q(state=State.REDEEMED)),
            rated=Count("rating"),
            stars=Coalesce(Sum("rating"), 0),
            comments=Count("pk", filter=~Q(comment="")),
            spent=Sum("spent_minor"),
            revenue=Sum(F("basket_minor") - F("spent_minor"), filter=Q(state=State.REDEEMED)),
        )
        .order_by()
    )
    return [(row[f"by_{next(iter(group))}"], _tally(row)) for row in rows]


def _tally(row: dict[str, Any]) -> Tally:
    same = {one.name: row[one.name] for one in fields(Tally) if one.name in row}
    money = {"spent_minor": row["spent"] or 0, "revenue_minor": row["revenue"] or 0}
    return Tally(**same | money | {"seen": row["was_seen"]})


def list_comments(campaign_id: int, *, settings: MallSettings) -> tuple[Comment, ...]:
    """The newest. Three queries."""
    rows = list(
        Coupon.objects.filter(campaign_id=campaign_id)
        .exclude(comment="")
        .order_by("-pk")
        .values_list("pk", "shopper_id", "issued_ms", "rating", "comment")[:COMMENTS]
    )
    names = Names(shopper for _, shopper, *_ in rows)
    return tuple(
        Comment(
            settings.local(datetime.fromtimestamp(at / 1000, UTC)), rating, names.blank(shopper, text), coupon
        )
        for coupon, shopper, at, rating, text in rows
    )


def precision(campaign_id: int, *, enough: int, now: datetime) -> Precision:
    """Only the held out can tell: a coupon changes whoever gets it. One query."""
    last = (
        Order.objects.filter(visit_id=OuterRef("visit_id"), cancelled_ms=None)
        .order_by()
        .values("visit_id")
        .annotate(last=Max("placed_ms"))
        .values("last")
    )
    rows: QuerySet[Any, Any] = (
        Decision.objects.filter(
            campaign_id=campaign_id,
            group__in=HELD,
            visit__is_bot=False,
            visit__last_ms__lt=_ms(now - SILENCE),
        )
        .values("visit_id")
        .annotate(
            first_ms=Min("at_ms"),
            meant_ms=Min("at_ms", filter=Q(seen__wanted_arm__gt=NO_COUPON)),
            last_ms=Subquery(last[:1]),
        )
        .order_by()
        .values_list("first_ms", "meant_ms", "last_ms")
    )
    meant = left_meant = all_ = left = 0
    for first_ms, meant_ms, last_ms in rows.iterator():
        all_ += 1
        left += last_ms is None or last_ms < first_ms
        meant += meant_ms is not None
        left_meant += meant_ms is not None and (last_ms is None or last_ms < meant_ms)
    return Precision(Share(left_meant, meant, enough), Share(left, all_, enough))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
