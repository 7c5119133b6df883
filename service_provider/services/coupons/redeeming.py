"""A coupon is put to use, once; and taken back, once. Who comes second is refused by the update that decides.

Callers hand in the lines they will really charge. The discount is computed here, from the coupon as it is kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet

from engine.policy import codes, discounts
from engine.policy.discounts import Deal, Discount, PricedLine
from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Campaign, Coupon, Redemption
from service_provider.services import budgets, deadlocks
from service_provider.services.budgets import BudgetRefused, Purse
from service_provider.services.coupons import holding

HOLD_MS = 5 * 60_000
State = Coupon.State


class Refused(Exception):
    """The coupon cannot be used; `reason` is for staff and machines, the text is one polite sentence for the
    shopper, which does not tell whether a code exists."""

    def __init__(self, reason: str) -> None:
        super().__init__(SENTENCES.get(reason, SENTENCES["unknown"]))
        self.reason = reason


_NOT_USABLE = "This coupon cannot be used here. Please look into your wallet, or ask the mall's office."
SENTENCES = {
    "unknown": _NOT_USABLE,
    "not_yours": _NOT_USABLE,
    "revoked": _NOT_USABLE,
    "redeemed": "This coupon has been used already.",
    "expired": "This coupon is no longer valid.",
    "held": "This coupon is being used at a till just now. Please try again in a few minutes.",
    "min_basket": "Your basket is below the minimum of this coupon.",
    "no_match": "Nothing in your basket is what this coupon is for.",
    "not_combinable": "This coupon cannot be combined with another one.",
    "wrong_mall": "This coupon is for another mall.",
    "not_redeemed": "This coupon has not been used, so there is nothing to take back.",
}


@dataclass(frozen=True, slots=True)
class At:
    """Where and by whom: in the shop by its owner, or at a till of a mall."""

    by_label: str
    shopper_id: int | None = None  # None: at a till, where the code is what counts
    mall: str = ""  # of the till; empty: everywhere
    token: str = ""  # who holds a coupon may use it
    till_id: int | None = None
    api_key_id: int | None = None
    order_id: int | None = None


AT_SHOP = At("shop")


@dataclass(frozen=True, slots=True)
class Redeemed:
    redemption_id: int
    coupon_id: int
    campaign_id: int
    discount: Discount
    coupon: Coupon  # as it was when it was used


def quote(code: str, lines: Sequence[PricedLine], *, at: At, now_ms: int) -> tuple[Coupon, Discount]:
    """What the coupon would take off now. Refused. Writes nothing."""
    coupon = _find(code)
    return coupon, _weigh(coupon, lines, at=at, now_ms=now_ms)


@deadlocks.atomic
def hold(code: str, lines: Sequence[PricedLine], *, at: At, now_ms: int) -> tuple[Coupon, Discount]:
    """The same, and keeps the coupon for `at.token` for HOLD_MS. Refused.

    Held before its end it may be used until the hold is over, but holding it again makes it live no longer.
    """
    if not at.token:
        raise ValueError("Who holds a coupon needs a token: without one nobody could use it.")
    coupon, discount = quote(code, lines, at=at, now_ms=now_ms)
    until = now_ms + HOLD_MS if now_ms < coupon.expires_ms else F("held_until_ms")
    if not _usable(coupon.pk, at=at, now_ms=now_ms).update(held_until_ms=until, held_by=at.token):
        raise _why_not(coupon.pk, at=at, now_ms=now_ms)
    return coupon, discount


@deadlocks.atomic
def redeem(code: str, lines: Sequence[PricedLine], *, at: At, now_ms: int) -> Redeemed:
    """Uses the coupon, books its cost and gives the rest of its reserve back. Refused, with the reason."""
    coupon = holding.hold([_find(code).pk])[0]
    discount = _weigh(coupon, lines, at=at, now_ms=now_ms)
    cost, reserved = discount.total_minor, coupon.reserved_minor
    changed = _usable(coupon.pk, at=at, now_ms=now_ms).update(
        state=State.REDEEMED,
        redeemed_ms=now_ms,
        reserved_minor=0,
        spent_minor=cost,
        held_until_ms=0,
        held_by="",
    )
    if not changed:
        raise _why_not(coupon.pk, at=at, now_ms=now_ms)
    redemption = Redemption.objects.create(
        coupon=coupon, live_coupon=coupon, order_id=at.order_id, till_id=at.till_id, api_key_id=at.api_key_id,
        at_ms=now_ms, basket_minor=discounts.basket_minor(lines), discount_minor=cost,
        lines=[asdict(line) | {"discount_minor": off} for line, off in zip(lines, discount.lines, strict=True)],
    )  # fmt: skip
    purse = Purse(coupon.campaign_id, coupon.pk, coupon.issued_day, at.by_label)
    budgets.spend(purse, reserved_minor=reserved, cost_minor=cost, now_ms=now_ms)
    return Redeemed(redemption.pk, coupon.pk, coupon.campaign_id, discount, coupon)


@deadlocks.atomic
def reverse(redemption_id: int, *, why: str, restores: bool, by_label: str, now_ms: int) -> bool:
    """Takes a redemption back. True where the coupon lives again: asked for, still valid, and covered anew.

    Refused where it was taken back before.
    """
    redemption = Redemption.objects.get(pk=redemption_id)
    coupon = holding.hold([redemption.coupon_id])[0]
    taken = Redemption.objects.filter(pk=redemption_id, live_coupon=coupon).update(
        live_coupon=None, reversed_ms=now_ms, reversed_why=why[:200]
    )
    if not taken or not Coupon.objects.filter(pk=coupon.pk, state=State.REDEEMED).update(
        state=State.REVERSED, spent_minor=0
    ):
        raise Refused("not_redeemed")
    purse = Purse(coupon.campaign_id, coupon.pk, coupon.issued_day, by_label)
    budgets.reverse(purse, cost_minor=redemption.discount_minor, now_ms=now_ms)
    return restores and now_ms < coupon.expires_ms and _restore(coupon, purse, now_ms=now_ms)


def _restore(coupon: Coupon, purse: Purse, *, now_ms: int) -> bool:
    try:
        with transaction.atomic():
            budgets.set_aside(
                coupon.campaign_id,
                cap_minor=coupon.cap_minor,
                day=coupon.issued_day,
                now_ms=now_ms,
                is_new=False,
            )
            budgets.commit(purse, cap_minor=coupon.cap_minor, now_ms=now_ms)
    except BudgetRefused:
        return False  # others have been promised the money meanwhile
    back = {"state": State.SEEN, "reserved_minor": coupon.cap_minor, "redeemed_ms": None}
    return bool(Coupon.objects.filter(pk=coupon.pk, state=State.REVERSED).update(**back))


def _find(text: str) -> Coupon:
    code = codes.read(text)
    coupon = Coupon.objects.filter(code=code).first() if code else None
    if coupon is None:
        raise Refused("unknown")
    return coupon


def _weigh(coupon: Coupon, lines: Sequence[PricedLine], *, at: At, now_ms: int) -> Discount:
    """What it takes off, when everything that can be said of it beforehand allows it."""
    refusal = _refusal(coupon, at=at, now_ms=now_ms)
    if refusal:
        raise Refused(refusal)
    malls = tuple(_MALLS.ask(coupon.campaign_id)[0][0])
    if at.mall and malls and at.mall not in malls:
        raise Refused("wrong_mall")
    deal = Deal(
        coupon.category, coupon.rate_bp, coupon.amount_minor, coupon.cap_minor, coupon.min_basket_minor,
        malls=() if at.mall else malls,
    )  # fmt: skip
    if discounts.basket_minor(lines) < deal.min_basket_minor:
        raise Refused("min_basket")
    discount = discounts.discount(deal, lines)
    if not discount.total_minor:
        raise Refused("no_match")
    return discount


_MALLS = Question(lambda pk: Campaign.objects.filter(pk=pk).values_list("malls"), int)


def _refusal(coupon: Coupon, *, at: At, now_ms: int) -> str:
    """Why it cannot be used, empty where it can."""
    is_mine = bool(at.token) and coupon.held_by == at.token and coupon.held_until_ms > now_ms
    if at.shopper_id is not None and coupon.shopper_id != at.shopper_id:
        return "not_yours"
    if coupon.state == State.REDEEMED:
        return "redeemed"
    if coupon.state in (State.REVOKED, State.REVERSED):
        return "revoked"
    if coupon.state == State.EXPIRED or (coupon.expires_ms <= now_ms and not is_mine):
        return "expired"
    return "held" if coupon.held_until_ms > now_ms and not is_mine else ""


def _usable(coupon_id: int, *, at: At, now_ms: int) -> QuerySet[Coupon]:
    """The coupon, if it may be used at this moment: the condition of every update that uses it."""
    mine = Q(held_by=at.token, held_until_ms__gt=now_ms) if at.token else Q(pk__isnull=True)
    free = Q(held_until_ms__lte=now_ms, expires_ms__gt=now_ms)
    usable = Coupon.objects.filter(mine | free, pk=coupon_id, state__in=Coupon.LIVE)
    return usable if at.shopper_id is None else usable.filter(shopper_id=at.shopper_id)


def _why_not(coupon_id: int, *, at: At, now_ms: int) -> Refused:
    return Refused(_refusal(Coupon.objects.get(pk=coupon_id), at=at, now_ms=now_ms) or "held")
