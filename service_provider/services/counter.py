"""Coupons over the counter: a till's key or a paired phone checks a code, uses it, takes it back.

What a till charges is what counts there: category and price of a line come from it, the discount from the coupon.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import TypeVar

from django.db.models import Q

from engine.policy import discounts
from engine.policy.discounts import Discount, PricedLine
from service_provider.models import Campaign, Coupon, Redemption
from service_provider.queries import mall, offered
from service_provider.services import coupons, predictions, wrong_codes
from service_provider.services.coupons import At, Refused
from service_provider.services.coupons.redeeming import HOLD_MS, SENTENCES

MOST_LINES, MAX_QUANTITY = 100, predictions.MAX_QUANTITY
MAX_PRICE = predictions.MAX_PRICE
HOLD_MINUTES = HOLD_MS // 60_000
# For staff, by the reason of the refusal; the sentence for the shopper is `Refused`'s own.
STAFF = {
    "unknown": "No coupon has this code. Look at it once more: a slip of one character is noticed.",
    "revoked": "The coupon was revoked, or its redemption was taken back and it does not live again.",
    "redeemed": "The coupon was redeemed before.",
    "expired": "The coupon has expired.",
    "held": "Another sale has checked this coupon a moment ago and holds it for five minutes.",
    "min_basket": "The basket is below the coupon's minimum.",
    "no_match": "No line of the basket is of the coupon's category.",
    "wrong_mall": "The coupon is for another mall.",
    "not_redeemed": "This redemption was taken back before.",
    "unknown_redemption": "No redemption of this mall's tills has this number.",
}
_NOTHING = "There is nothing that could be taken back here."
R = TypeVar("R")


class NotUsable(Exception):
    """`reason` is for machines, the text for staff, `say` one polite sentence for the shopper."""

    def __init__(self, reason: str) -> None:
        super().__init__(STAFF.get(reason, STAFF["unknown"]))
        self.reason, self.say = reason, SENTENCES.get(reason, _NOTHING)


class BadAmount(Exception):
    """A price that the mall's currency does not have; for people."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Who stands there. `source` names it to those who count wrong codes; a mall is never empty."""

    label: str
    source: str
    mall: str
    till_id: int | None = None
    api_key_id: int | None = None


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of a basket as a till charges it; the price is that of one piece, in the mall's currency."""

    category: str
    price: Decimal
    quantity: int = 1
    product_id: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a coupon takes off a basket; money in the smallest unit, `off_minor` by line."""

    coupon_id: int
    what: str
    off_minor: tuple[int, ...]
    basket_minor: int
    held_until: datetime | None = None
    redemption_id: int | None = None

    @property
    def discount_minor(self) -> int:
        return sum(self.off_minor)

    @property
    def total_minor(self) -> int:
        return self.basket_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class TakenBack:
    redemption_id: int
    discount_minor: int
    lives_again: bool


def quote(code: str, sold: Sequence[SoldLine], *, at: Counter, sale: str, now_ms: int) -> Effect:
    """What the coupon would take off. Writes nothing but a wrong code. NotUsable, BadAmount, TooManyWrong."""
    lines, where = _priced(sold, at.mall), _at(at, sale)
    coupon, off = _guarded(at, now_ms, lambda: coupons.quote(code, lines, at=where, now_ms=now_ms))
    return _effect(coupon, off, lines)


def validate(code: str, sold: Sequence[SoldLine], *, at: Counter, sale: str, now_ms: int) -> Effect:
    """The same, and keeps the coupon five minutes for this sale, which the till names as it likes."""
    lines, where = _priced(sold, at.mall), _at(at, sale)
    coupon, off = _guarded(at, now_ms, lambda: coupons.hold(code, lines, at=where, now_ms=now_ms))
    held_until = datetime.fromtimestamp((now_ms + HOLD_MS) / 1000, UTC)
    return replace(_effect(coupon, off, lines), held_until=held_until)


def redeem(code: str, sold: Sequence[SoldLine], *, at: Counter, sale: str, now_ms: int) -> Effect:
    """Uses it, whether it was checked before or not. Errors as of `quote`."""
    lines, where = _priced(sold, at.mall), _at(at, sale)
    used = _guarded(at, now_ms, lambda: coupons.redeem(code, lines, at=where, now_ms=now_ms))
    effect = _effect(used.coupon, used.discount, lines)
    return replace(effect, redemption_id=used.redemption_id)


def look_back(redemption_id: int, *, at: Counter, now_ms: int) -> TakenBack:
    """What taking this redemption back would do, as far as can be said beforehand. NotUsable."""
    row = _redemption(redemption_id, at)
    if row.live_coupon_id is None:
        raise NotUsable("not_redeemed")
    return TakenBack(row.pk, row.discount_minor, _restores(row) and now_ms < row.coupon.expires_ms)


def take_back(redemption_id: int, *, why: str, at: Counter, now_ms: int) -> TakenBack:
    """Takes a redemption of this mall's tills back; its campaign says whether the coupon lives again. NotUsable."""
    row = _redemption(redemption_id, at)
    try:
        lives = coupons.reverse(row.pk, why=why, restores=_restores(row), by_label=at.label, now_ms=now_ms)
    except Refused as refusal:
        raise NotUsable(refusal.reason) from None
    return TakenBack(row.pk, row.discount_minor, lives)


def _guarded(at: Counter, now_ms: int, attempt: Callable[[], R]) -> R:
    wrong_codes.check(at.source, now_ms=now_ms)
    try:
        return attempt()
    except Refused as refusal:
        if refusal.reason == "unknown":
            wrong_codes.count(at.source, now_ms=now_ms)
        raise NotUsable(refusal.reason) from None


def _at(at: Counter, sale: str) -> At:
    """Who checks a coupon in a sale may use it in that sale; another till's sale of the same name is another one."""
    token = blake2b(f"{at.source}:{sale}".encode(), digest_size=32).hexdigest()
    return At(at.label, mall=at.mall, token=token, till_id=at.till_id, api_key_id=at.api_key_id)


def _priced(sold: Sequence[SoldLine], where: str) -> tuple[PricedLine, ...]:
    digits = mall.get_settings().minor_digits
    try:
        return tuple(
            PricedLine(
                line.product_id, line.category, predictions.to_minor(line.price, digits), line.quantity, where
            )
            for line in sold
        )
    except predictions.BadTransaction as fault:
        raise BadAmount(str(fault)) from None


def _effect(coupon: Coupon, off: Discount, lines: Sequence[PricedLine]) -> Effect:
    what = offered.what(coupon, mall.get_settings())
    return Effect(coupon.pk, what, off.lines, discounts.basket_minor(lines))


def _redemption(redemption_id: int, at: Counter) -> Redemption:
    here = Q(till__mall=at.mall) | Q(api_key__mall=at.mall)
    row = Redemption.objects.select_related("coupon").filter(here, pk=redemption_id).first()
    if row is None:
        raise NotUsable("unknown_redemption")
    return row


def _restores(row: Redemption) -> bool:
    return Campaign.objects.values_list("restores_on_cancel", flat=True).get(pk=row.coupon.campaign_id)
