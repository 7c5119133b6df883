"""Where coupons are attacked on purpose: a rehearsal campaign and shoppers of its own, gone again afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from service_provider.models import (
    Campaign,
    CampaignDay,
    CampaignShopper,
    Coupon,
    LedgerRow,
    Mall,
    Redemption,
    Shopper,
)
from service_provider.queries import campaign_terms, mall

DAYS = 30
BY = "a rehearsed attack"
KEY = "rehearsal-"  # how the keys of its shoppers begin


class CouponsStopped(Exception):
    """Nothing can be attacked while the mall's office has stopped all coupons."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The campaign that is to be attacked. Money in the smallest unit; None: no limit."""

    name: str
    budget_minor: int
    cap_minor: int
    shoppers: int
    limit_total: int | None = None
    limit_per_shopper: int = 1


@dataclass(frozen=True, slots=True)
class Ground:
    campaign_id: int
    shopper_ids: tuple[int, ...]


@transaction.atomic
def lay(wanted: Wanted, *, token: str, now: datetime) -> Ground:
    """A rehearsal campaign that runs, and its shoppers, whose keys begin with the token. CouponsStopped."""
    if Mall.objects.filter(pk=1, coupons_stopped_at__isnull=False).exists():
        raise CouponsStopped("All coupons are stopped. Allow them again before you attack a campaign.")
    zone = mall.get_settings().zone
    first = now.astimezone(ZoneInfo(zone)).date()
    last = first + timedelta(days=DAYS)
    row = Campaign.objects.create(
        name=wanted.name, starts_on=first, ends_on=last, published_at=now, is_rehearsal=True,
        starts_ms=campaign_terms.end_of(first - timedelta(days=1), zone),
        ends_ms=campaign_terms.end_of(last, zone),
        discount_kind=Campaign.Discount.AMOUNT, depths=[wanted.cap_minor], cap_minor=wanted.cap_minor,
        min_basket_minor=wanted.cap_minor, valid_days=DAYS, budget_minor=wanted.budget_minor,
        limit_total=wanted.limit_total, limit_per_shopper=wanted.limit_per_shopper, cooldown_hours=0,
        salt=token, policy=Campaign.Policy.NONE, by_label=BY, created_at=now, changed_at=now,
    )  # fmt: skip
    stem = f"{KEY}{token}-{row.pk}"
    Shopper.objects.bulk_create(
        [Shopper(key=f"{stem}-{number:05d}", created_at=now) for number in range(wanted.shoppers)]
    )
    made = Shopper.objects.filter(key__startswith=f"{stem}-").order_by("key")
    return Ground(row.pk, tuple(made.values_list("pk", flat=True)))


def clear(grounds: Sequence[Ground]) -> None:
    """Removes rehearsal campaigns with everything that hangs on them; any other campaign stays untouched."""
    for ground in grounds:
        rows = Campaign.objects.filter(pk=ground.campaign_id, is_rehearsal=True)
        if not rows.exists():
            continue
        with transaction.atomic():
            rows.select_for_update().get()
            LedgerRow.objects.filter(campaign_id=ground.campaign_id).delete()
            Redemption.objects.filter(coupon__campaign_id=ground.campaign_id).delete()
            Coupon.objects.filter(campaign_id=ground.campaign_id).delete()
            CampaignShopper.objects.filter(campaign_id=ground.campaign_id).delete()
            CampaignDay.objects.filter(campaign_id=ground.campaign_id).delete()
            rows.delete()
        with transaction.atomic():
            Shopper.objects.filter(pk__in=ground.shopper_ids, key__startswith=KEY).delete()
