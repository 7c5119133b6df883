"""Who is to be told of which coupon by mail: the one place where a coupon meets an address."""

from dataclasses import dataclass

from django.db.models import Q

from service_provider.models import Coupon
from service_provider.models.people import User
from service_provider.queries import mall, offered
from service_provider.queries.offered import Offered

DAY_MS = 24 * 3600 * 1000  # what is older than a day is no news any more


@dataclass(frozen=True, slots=True)
class CouponMail:
    coupon_id: int
    to: str
    username: str
    offer: Offered


def list_waiting(*, now_ms: int, most: int) -> list[CouponMail]:
    """Live coupons of the last day, the oldest first, whose owners asked to be told by mail and were not yet.

    Nobody is told of what she put away, nor who is blocked or has no confirmed address, nor whose visit was a robot's.
    Three queries, one where nobody wants mail.
    """
    wanting = User.objects.filter(
        account__coupon_mail=True, is_active=True, blocked_at=None,
        emailaddress__verified=True, emailaddress__primary=True,
    )  # fmt: skip
    person = Q(decision=None) | Q(decision__visit__is_bot=False)
    live = Coupon.objects.filter(
        person, state__in=Coupon.LIVE, expires_ms__gt=now_ms, dismissed_ms=None, mailed_ms=None,
        issued_ms__gt=now_ms - DAY_MS, shopper_id__in=wanting.values("shopper_id"),
    )  # fmt: skip
    rows = list(live.order_by("pk")[:most])
    owners = {
        shopper_id: (email, username)
        for shopper_id, email, username in wanting.filter(
            shopper_id__in={row.shopper_id for row in rows}
        ).values_list("shopper_id", "emailaddress__email", "username")
    }
    settings = mall.get_settings() if rows else None
    return [
        CouponMail(row.pk, *owners[row.shopper_id], offered.offered_of(row, settings))
        for row in rows
        if settings is not None and row.shopper_id in owners
    ]
