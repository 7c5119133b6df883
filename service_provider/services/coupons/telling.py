"""A coupon is told of by mail at most once: whoever sets its moment sends it."""

from service_provider.models import Coupon


def claim(coupon_id: int, *, now_ms: int) -> bool:
    """Before the mail is sent. False where another worker has it, or the coupon was used or put away meanwhile."""
    mine = Coupon.objects.filter(pk=coupon_id, mailed_ms=None, dismissed_ms=None, state__in=Coupon.LIVE)
    return bool(mine.update(mailed_ms=now_ms))


def give_up(coupon_id: int, *, now_ms: int) -> None:
    """The mail that was claimed at this moment was not taken: it may be tried again."""
    Coupon.objects.filter(pk=coupon_id, mailed_ms=now_ms).update(mailed_ms=None)
