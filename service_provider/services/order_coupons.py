"""Coupons of an order: held before it is written, redeemed with it, given back when it is cancelled.

All of it is part of the transaction of whoever calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.policy import discounts, stacking
from engine.policy.discounts import Discount, PricedLine
from service_provider.models import Campaign, Coupon, Redemption
from service_provider.queries import basket_coupons
from service_provider.services import coupons
from service_provider.services.coupons import AT_SHOP, At, Refused, holding


@dataclass(frozen=True, slots=True)
class Use:
    """One coupon and what it takes off, from what the ones before it have left."""

    coupon_id: int
    code: str
    lines: tuple[PricedLine, ...]
    discount: Discount


@dataclass(frozen=True, slots=True)
class Bill:
    """What is bought at the prices of the moment, and what comes off."""

    lines: tuple[PricedLine, ...]
    uses: tuple[Use, ...] = ()

    @property
    def line_discounts(self) -> tuple[int, ...]:
        """Of each line, by all coupons."""
        return tuple(
            sum(use.discount.lines[number] for use in self.uses) for number in range(len(self.lines))
        )

    @property
    def discount_minor(self) -> int:
        return sum(use.discount.total_minor for use in self.uses)

    @property
    def total_minor(self) -> int:
        return discounts.basket_minor(self.lines) - self.discount_minor


def hold(coupon_ids: Sequence[int], lines: tuple[PricedLine, ...], *, shopper_id: int, now_ms: int) -> Bill:
    """The bill with these coupons, which are held as they are now, with their campaigns. Refused."""
    if not coupon_ids:
        return Bill(lines)
    hers = Coupon.objects.filter(pk__in=coupon_ids, shopper_id=shopper_id).values_list("pk", flat=True)
    rows = holding.hold(list(hers))
    if len(rows) != len(set(coupon_ids)):
        raise Refused("unknown")
    if not stacking.may_combine(basket_coupons.candidates_of(rows)):
        raise Refused("not_combinable")
    uses, left = [], lines
    for row in rows:
        _, off = coupons.quote(row.code, left, at=_at(shopper_id), now_ms=now_ms)
        uses.append(Use(row.pk, row.code, left, off))
        left = discounts.after(left, off)
    return Bill(lines, tuple(uses))


def redeem(bill: Bill, *, order_id: int, shopper_id: int, now_ms: int) -> None:
    """Uses the coupons that `hold` locked. Refused."""
    for use in bill.uses:
        coupons.redeem(use.code, use.lines, at=_at(shopper_id, order_id), now_ms=now_ms)


def give_back(order_id: int, *, now_ms: int) -> int:
    """Takes the order's redemptions back as their campaigns say; the number of coupons that live again."""
    uses = Redemption.objects.filter(order_id=order_id, live_coupon__isnull=False)
    held = holding.hold(list(uses.values_list("coupon_id", flat=True)))
    campaigns = {row.pk: row.campaign_id for row in held}
    restoring = set(
        Campaign.objects.filter(pk__in=campaigns.values(), restores_on_cancel=True).values_list(
            "pk", flat=True
        )
    )
    live = uses.filter(coupon_id__in=campaigns).order_by("coupon_id").values_list("pk", "coupon_id")
    return sum(
        coupons.reverse(
            redemption_id,
            why="The order was cancelled.",
            restores=campaigns[coupon_id] in restoring,
            by_label=AT_SHOP.by_label,
            now_ms=now_ms,
        )
        for redemption_id, coupon_id in list(live)
    )


def _at(shopper_id: int, order_id: int | None = None) -> At:
    return At(AT_SHOP.by_label, shopper_id=shopper_id, order_id=order_id)
