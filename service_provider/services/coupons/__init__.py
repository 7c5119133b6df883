"""Coupons from issue to end: one verb, one function, one transaction. Shop, till and jobs share them."""

from service_provider.services.coupons.ending import expire, leave, revoke
from service_provider.services.coupons.issuing import (
    Issued,
    NewCoupon,
    NotIssued,
    dismiss,
    issue,
    mark_seen,
    rate,
)
from service_provider.services.coupons.redeeming import (
    AT_SHOP,
    At,
    Redeemed,
    Refused,
    hold,
    quote,
    redeem,
    reverse,
)

__all__ = [
    "AT_SHOP",
    "At",
    "Issued",
    "NewCoupon",
    "NotIssued",
    "Redeemed",
    "Refused",
    "dismiss",
    "expire",
    "hold",
    "issue",
    "leave",
    "mark_seen",
    "quote",
    "rate",
    "redeem",
    "reverse",
    "revoke",
]
