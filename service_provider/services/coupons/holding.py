"""The rows that a coupon's change of state touches, held in the one order in which everybody takes them."""

from collections.abc import Iterable

from service_provider.adapters.ledger import bulk
from service_provider.models import Campaign, Coupon, Shopper


def hold(coupon_ids: Iterable[int]) -> list[Coupon]:
    """Their shoppers, the coupons, then their campaigns, each by id; the coupons as they are now.

    A coupon's state stands in the indexes that carry its shopper and its campaign, so on MariaDB its change shares the
    locks of both rows. Whoever came to write the campaign only after that would wait for all others who share it.
    Part of the caller's transaction.
    """
    wanted = list(coupon_ids)
    shoppers = {shopper_id for (shopper_id,) in bulk.find(Coupon, "id", wanted, fetch=["shopper_id"])}
    bulk.find(Shopper, "id", sorted(shoppers), fetch=["id"], is_held=True)
    held = list(Coupon.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    bulk.find(Campaign, "id", sorted({coupon.campaign_id for coupon in held}), fetch=["id"], is_held=True)
    return held
