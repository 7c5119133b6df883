"""A coupon comes to a shopper. The last checks are made after the locks, whatever a decision had seen before."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F

from service_provider.adapters.ledger import bulk
from service_provider.adapters.ledger.prepared import Change, Question
from service_provider.models import Campaign, CampaignShopper, Coupon, Mall, Shopper
from service_provider.services import budgets, codes, deadlocks
from service_provider.services.budgets import BudgetRefused, Purse
from service_provider.services.coupons import holding

DRAWS = 3  # a code that is there already is drawn again
_NO_COLUMNS = ("day", "most_live", "last_known_ms")


class NotIssued(Exception):
    """No coupon was issued; `reason` is for machines, the text for the provider's log."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """What a decision wants to give. Moments in milliseconds since 1970, money in the smallest unit."""

    campaign_id: int
    shopper_id: int
    category: str
    rate_bp: int
    amount_minor: int
    cap_minor: int
    min_basket_minor: int
    expires_ms: int
    day: date  # of the mall's zone
    why: str = ""
    most_live: int = 2  # coupons that one shopper may hold
    last_known_ms: int | None = None  # her newest coupon when it was decided, 0 of none; None: not asked


@dataclass(frozen=True, slots=True)
class Issued:
    coupon_id: int
    code: str


@deadlocks.atomic
def issue(wanted: NewCoupon, *, by_label: str, now_ms: int) -> Issued:
    """Issues the coupon and sets its worst case aside. NotIssued, with the reason; then nothing was written."""
    _hold(wanted, now_ms=now_ms)
    try:
        budgets.set_aside(wanted.campaign_id, cap_minor=wanted.cap_minor, day=wanted.day, now_ms=now_ms)
    except BudgetRefused as refusal:
        raise NotIssued(refusal.reason, str(refusal)) from refusal
    _count(wanted)
    coupon = _create(wanted, now_ms=now_ms)
    purse = Purse(wanted.campaign_id, coupon.pk, wanted.day, by_label)
    budgets.commit(purse, cap_minor=wanted.cap_minor, now_ms=now_ms)
    return Issued(coupon.pk, coupon.code)


def _hold(wanted: NewCoupon, *, now_ms: int) -> None:
    """Of one shopper one coupon after the other is issued; and nobody has stopped all of them."""
    ((merged_into,),) = _HELD.ask(wanted.shopper_id)
    if merged_into is not None:
        raise NotIssued("merged", "The visitor has logged in meanwhile.")
    if _STOPPED.ask():
        raise NotIssued("stopped", "The mall's office has stopped all coupons.")
    hers = _HERS.ask(wanted.shopper_id)
    live = sum(state in Coupon.LIVE and expires_ms > now_ms for _, state, expires_ms in hers)
    if live >= wanted.most_live:
        raise NotIssued("live_coupons", "The shopper holds as many coupons as one may hold.")
    known = wanted.last_known_ms
    if known is not None and any(issued_ms > known for issued_ms, _, _ in hers):
        raise NotIssued("overtaken", "The shopper has got another coupon since it was decided.")


_HELD = Question(
    lambda pk: Shopper.objects.select_for_update().filter(pk=pk).values_list("merged_into_id"), int
)
_STOPPED = Question(lambda: Mall.objects.filter(pk=1, coupons_stopped_at__isnull=False).values_list("pk"))
_HERS = Question(
    lambda pk: Coupon.objects.filter(shopper_id=pk).values_list("issued_ms", "state", "expires_ms"), int
)


def _count(wanted: NewCoupon) -> None:
    """Under the shopper's lock: nobody else makes or changes this row."""
    whose = (wanted.campaign_id, wanted.shopper_id)
    ((limit,),) = _LIMIT.ask(wanted.campaign_id)
    if _ONE_MORE.make(*whose, limit):
        return
    if not CampaignShopper.objects.filter(campaign_id=whose[0], shopper_id=whose[1]).exists():
        bulk.insert(CampaignShopper, ("campaign_id", "shopper_id", "issued"), [(*whose, 0)])
        if _ONE_MORE.make(*whose, limit):
            return
    raise NotIssued(
        "limit_per_shopper", "The shopper has had as many coupons of this campaign as one may have."
    )


_LIMIT = Question(lambda pk: Campaign.objects.filter(pk=pk).values_list("limit_per_shopper"), int)
_ONE_MORE = Change(
    lambda campaign_id, shopper_id, limit: (
        CampaignShopper.objects.filter(campaign_id=campaign_id, shopper_id=shopper_id, issued__lt=limit),
        {"issued": F("issued") + 1},
    ),
    int,
    int,
    int,
)


def _create(wanted: NewCoupon, *, now_ms: int) -> Coupon:
    given = {name: getattr(wanted, name) for name in wanted.__slots__ if name not in _NO_COLUMNS}
    for draw in range(1, DRAWS + 1):
        try:
            with transaction.atomic():
                return Coupon.objects.create(
                    code=codes.draw(), issued_ms=now_ms, issued_day=wanted.day, reserved_minor=wanted.cap_minor,
                    **given,
                )  # fmt: skip
        except IntegrityError:
            if draw == DRAWS:
                raise
    raise AssertionError("unreachable")


@deadlocks.atomic
def mark_seen(coupon_id: int, *, shopper_id: int, now_ms: int) -> bool:
    """She has seen it. False where that was known, or where it is not hers or not live any more."""
    mine = Coupon.objects.filter(pk=coupon_id, shopper_id=shopper_id, state=Coupon.State.ISSUED)
    if not mine.exists():
        return False
    holding.hold([coupon_id])
    return bool(mine.update(state=Coupon.State.SEEN, seen_ms=now_ms))


def dismiss(coupon_id: int, *, shopper_id: int, now_ms: int) -> bool:
    """She does not want to be shown it again; it stays in her wallet."""
    mine = Coupon.objects.filter(pk=coupon_id, shopper_id=shopper_id, dismissed_ms=None)
    return bool(mine.update(dismissed_ms=now_ms))


def rate(coupon_id: int, *, shopper_id: int, rating: int, comment: str) -> bool:
    """What she thought of it, 1 to 5 and a word; she may change her mind. False where it is not hers."""
    if not 1 <= rating <= 5:
        raise ValueError("A rating is a number from 1 to 5.")
    mine = Coupon.objects.filter(pk=coupon_id, shopper_id=shopper_id)
    return bool(mine.update(rating=rating, comment=comment[:500]))
