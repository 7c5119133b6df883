"""How many predictions say High among the shoppers whom a campaign met: by segment, and by what they had of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from service_provider.models import Coupon, Decision, RevenuePrediction
from service_provider.queries import segments
from service_provider.queries.reports.shares import Share

NAMES = {"used": "Used a coupon", "had": "Had one, not used", "without": "Met without a coupon"}
NO_SEGMENT = "No segment"


@dataclass(frozen=True, slots=True)
class HighShare:
    name: str
    high: Share


@dataclass(frozen=True, slots=True)
class CampaignRatio:
    """The lowest High share first; groups without enough data last."""

    by_coupon: tuple[HighShare, ...]
    by_segment: tuple[HighShare, ...]

    @property
    def total(self) -> int:
        return sum(one.high.total for one in self.by_coupon)


def get(campaign_id: int, *, enough: int) -> CampaignRatio:
    """Three queries."""
    hers = Coupon.objects.filter(shopper_id=OuterRef("shopper_id"))
    # A sum, else SQLite looks through all coupons of the campaign for every prediction.
    hers = hers.alias(of=F("campaign_id") + 0).filter(of=campaign_id)
    had: Case = Case(
        When(Exists(hers.filter(state=Coupon.State.REDEEMED)), then=Value("used")),
        When(Exists(hers), then=Value("had")),
        default=Value("without"),
        output_field=CharField(max_length=8),
    )
    met = Decision.objects.filter(campaign_id=campaign_id).values("shopper_id")
    rows = RevenuePrediction.objects.filter(Q(shopper_id__in=met))
    names = segments.names()
    by_segment = _counted(rows, segments.column("shopper"))
    return CampaignRatio(
        _sorted([(NAMES[code], high, total) for code, high, total in _counted(rows, had)], enough),
        _sorted(
            [
                (names.get(code, code) if code else NO_SEGMENT, high, total)
                for code, high, total in by_segment
            ],
            enough,
        ),
    )


def _counted(rows: QuerySet[RevenuePrediction], column: Any) -> list[tuple[Any, int, int]]:
    counted = (
        rows.values(name=column)
        .annotate(high=Count("id", filter=Q(result=1)), total=Count("id"))
        .order_by("name")
    )
    return list(counted.values_list("name", "high", "total"))


def _sorted(found: list[tuple[str, int, int]], enough: int) -> tuple[HighShare, ...]:
    shares = [HighShare(name, Share(high, total, enough)) for name, high, total in found]
    return tuple(sorted(shares, key=lambda one: (one.high.rate is None, one.high.rate or 0.0, one.name)))
