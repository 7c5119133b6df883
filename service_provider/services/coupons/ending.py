"""Coupons that will not be used any more: their time is over, or the office takes them back."""

from django.db.models import Q

from service_provider.models import Coupon
from service_provider.services import budgets, deadlocks
from service_provider.services.budgets import Purse
from service_provider.services.coupons import holding

AT_ONCE = 50  # in one transaction: others who write wait for it
State = Coupon.State


@deadlocks.atomic
def expire(*, by_label: str, now_ms: int) -> int:
    """Ends some coupons whose time is over and gives their reserves back; says how many. Call it until it is none."""
    over = Q(state__in=Coupon.LIVE, expires_ms__lte=now_ms, held_until_ms__lte=now_ms)
    # Looked for first and held then: a search that holds would hold every coupon that it looks at.
    found = list(Coupon.objects.filter(over).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    held = holding.hold(found)
    return sum(_end(coupon, over, State.EXPIRED, by_label=by_label, now_ms=now_ms) for coupon in held)


@deadlocks.atomic
def revoke(coupon_id: int, *, by_label: str, now_ms: int) -> bool:
    """Takes a coupon back that was not used. False where it had ended, or a till holds it just now."""
    live = Q(state__in=Coupon.LIVE, held_until_ms__lte=now_ms)
    return any(
        _end(coupon, live, State.REVOKED, by_label=by_label, now_ms=now_ms)
        for coupon in holding.hold([coupon_id])
    )


def leave(shopper_id: int, *, by_label: str, now_ms: int) -> int:
    """Ends all live coupons of a shopper who goes, also one that a till holds, and forgets what she said of hers.

    Part of the caller's transaction. Says how many it ended.
    """
    hers, live = Coupon.objects.filter(shopper_id=shopper_id), Q(state__in=Coupon.LIVE)
    held = holding.hold(list(hers.filter(live).values_list("pk", flat=True)))
    ended = sum(_end(coupon, live, State.REVOKED, by_label=by_label, now_ms=now_ms) for coupon in held)
    hers.exclude(comment="").update(comment="")
    return ended


def _end(coupon: Coupon, condition: Q, state: str, *, by_label: str, now_ms: int) -> bool:
    if not Coupon.objects.filter(condition, pk=coupon.pk).update(state=state, reserved_minor=0):
        return False
    purse = Purse(coupon.campaign_id, coupon.pk, coupon.issued_day, by_label)
    budgets.release(purse, reserved_minor=coupon.reserved_minor, now_ms=now_ms)
    return True
