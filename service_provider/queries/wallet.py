"""What a shopper has been given: coupons to use, used ones, and those whose time is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service_provider.models import Coupon, Redemption
from service_provider.queries import mall, offered
from service_provider.queries.mall import MallSettings
from service_provider.queries.offered import Offered
from service_provider.queries.orders import moment_of

MOST = 15  # of each sort; older ones stand in her data
State = Coupon.State
HOW_IT_ENDED = {
    State.EXPIRED: "Its time is over.",
    State.REVOKED: "The mall has taken it back.",
    State.REVERSED: "It was used, and what it was used for was taken back.",
}
RATINGS = {1: "No use to me", 2: "Poor", 3: "All right", 4: "Good", 5: "Just right"}


@dataclass(frozen=True, slots=True)
class Kept:
    """One coupon in the wallet. `ended` says in words why it is past, and is empty where it is not."""

    offer: Offered
    code_plain: str  # as a till reads it
    ends_today: bool
    is_dismissed: bool
    rating: int | None
    comment: str
    ended: str = ""
    used_at: datetime | None = None
    saved_minor: int = 0
    order_key: str = ""  # of the shop's order; empty where it was used at a till

    @property
    def rating_text(self) -> str:
        return RATINGS.get(self.rating or 0, "")


@dataclass(frozen=True, slots=True)
class Wallet:
    live: tuple[Kept, ...] = ()
    used: tuple[Kept, ...] = ()
    past: tuple[Kept, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.live or self.used or self.past)

    @property
    def end_today(self) -> int:
        return sum(kept.ends_today for kept in self.live)


def get(shopper_id: int | None, *, now_ms: int) -> Wallet:
    """Her coupons: the live ones by their end, the others newest first. At most five queries."""
    if shopper_id is None:
        return Wallet()
    mine, settings = Coupon.objects.filter(shopper_id=shopper_id), mall.get_settings()
    live = mine.filter(state__in=Coupon.LIVE, expires_ms__gt=now_ms).order_by("expires_ms", "pk")
    used = mine.filter(state=State.REDEEMED).order_by("-redeemed_ms", "-pk")[:MOST]
    past = mine.exclude(state=State.REDEEMED).exclude(state__in=Coupon.LIVE, expires_ms__gt=now_ms)
    uses = _uses(rows := list(used))
    return Wallet(
        _kept(live[:MOST], settings, now_ms),
        tuple(_used(row, uses.get(row.pk), settings, now_ms) for row in rows),
        _kept(past.order_by("-expires_ms", "-pk")[:MOST], settings, now_ms),
    )


def count_live(shopper_id: int | None, *, now_ms: int) -> int:
    """How many she can still use."""
    if shopper_id is None:
        return 0
    return Coupon.objects.filter(shopper_id=shopper_id, state__in=Coupon.LIVE, expires_ms__gt=now_ms).count()


def list_current(shopper_id: int | None, *, now_ms: int) -> tuple[Kept, ...]:
    """What the shop shows her by itself: live coupons that she did not put away, by their end. Two queries."""
    if shopper_id is None:
        return ()
    mine = Coupon.objects.filter(shopper_id=shopper_id, dismissed_ms=None)
    live = mine.filter(state__in=Coupon.LIVE, expires_ms__gt=now_ms).order_by("expires_ms", "pk")
    rows = list(live[:MOST])
    return _kept(rows, mall.get_settings(), now_ms) if rows else ()


def _uses(rows: Iterable[Coupon]) -> dict[int, Redemption]:
    live = Redemption.objects.filter(live_coupon__in=[row.pk for row in rows]).select_related("order")
    return {use.coupon_id: use for use in live}


def _kept(rows: Iterable[Coupon], settings: MallSettings, now_ms: int) -> tuple[Kept, ...]:
    return tuple(_one(row, settings, now_ms) for row in rows)


def _one(row: Coupon, settings: MallSettings, now_ms: int, **more: object) -> Kept:
    offer = offered.offered_of(row, settings)
    is_live = row.state in Coupon.LIVE and row.expires_ms > now_ms
    return Kept(
        offer,
        row.code,
        is_live and offer.until.date() == settings.local(moment_of(now_ms)).date(),
        row.dismissed_ms is not None,
        row.rating,
        row.comment,
        ""
        if is_live or row.state == State.REDEEMED
        else HOW_IT_ENDED.get(State(row.state), "Its time is over."),
        **more,  # type: ignore[arg-type]
    )


def _used(row: Coupon, use: Redemption | None, settings: MallSettings, now_ms: int) -> Kept:
    return _one(
        row,
        settings,
        now_ms,
        used_at=None if row.redeemed_ms is None else moment_of(row.redeemed_ms),
        saved_minor=0 if use is None else use.discount_minor,
        order_key="" if use is None or use.order is None else use.order.key,
    )
