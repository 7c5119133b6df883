"""An offer as a shopper is told of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet

from engine.policy import codes
from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Coupon
from service_provider.queries import mall
from service_provider.queries.mall import MallSettings


@dataclass(frozen=True, slots=True)
class Offered:
    """One live coupon, in words."""

    coupon_id: int
    code: str  # in groups, as it is read aloud
    what: str  # "10 % off Shoes, at most EUR 20.00"
    category: str
    why: str
    until: datetime  # the last second, in the mall's zone
    is_seen: bool

    @property
    def until_text(self) -> str:
        return f"{self.until.day} {self.until:%B %Y, %H:%M}"


def find(coupon_id: int, settings: MallSettings) -> Offered | None:
    """A coupon by its number. One query."""
    found = _ONE.ask(coupon_id)
    return offered_of(Coupon(**dict(zip(_SHOWN, found[0], strict=True))), settings) if found else None


_SHOWN = (
    "pk", "code", "state", "category", "rate_bp", "amount_minor", "cap_minor", "min_basket_minor", "why", "expires_ms",
)  # fmt: skip
_ONE = Question(lambda pk: Coupon.objects.filter(pk=pk).values_list(*_SHOWN), int)


def find_of_visit(visit_id: int, *, now_ms: int) -> Offered | None:
    """The live offer that followed from this visit, which a batch that comes again is given again."""
    return _first(_live(now_ms).filter(decision__visit_id=visit_id))


def find_unseen(shopper_id: int, *, now_ms: int) -> Offered | None:
    """A live offer that she has neither seen nor put away yet, the newest."""
    return _first(_live(now_ms).filter(shopper_id=shopper_id, state=Coupon.State.ISSUED))


def find_standing(whose: int | str, *, now_ms: int) -> Offered | None:
    """What a shop's page reminds her of: of the live coupons that she saw and did not put away, the first to end.

    `whose` is a shopper's id, or the key of a visitor who has not logged in since. One query where there is none.
    """
    is_key = isinstance(whose, str)
    hers = {"shopper__key": whose, "shopper__merged_into": None} if is_key else {"shopper_id": whose}
    rows = _live(now_ms).filter(state=Coupon.State.SEEN, **hers)
    return _first(rows.order_by("expires_ms", "pk"))


def list_live(shopper_id: int, *, now_ms: int) -> list[Offered]:
    """All that she can use now, what ends first first."""
    settings = mall.get_settings()
    rows = Coupon.objects.filter(shopper_id=shopper_id, state__in=Coupon.LIVE, expires_ms__gt=now_ms)
    return [offered_of(row, settings) for row in rows.order_by("expires_ms", "pk")]


def offered_of(row: Coupon, settings: MallSettings) -> Offered:
    last = datetime.fromtimestamp((row.expires_ms - 1000) / 1000, UTC)
    return Offered(
        row.pk, codes.shown(row.code), what(row, settings), row.category, row.why, settings.local(last),
        row.state != Coupon.State.ISSUED,
    )  # fmt: skip


def what(row: Coupon, settings: MallSettings) -> str:
    """What it takes off, in words, with its conditions."""
    if row.amount_minor:
        text = f"{settings.money(row.amount_minor)} off {row.category}"
    else:
        text = f"{row.rate_bp / 100:g} % off {row.category}, at most {settings.money(row.cap_minor)}"
    return (
        f"{text}, from a basket of {settings.money(row.min_basket_minor)}" if row.min_basket_minor else text
    )


def _live(now_ms: int) -> QuerySet[Coupon]:
    rows = Coupon.objects.filter(state__in=Coupon.LIVE, expires_ms__gt=now_ms, dismissed_ms=None)
    return rows.order_by("-pk")


def _first(rows: QuerySet[Coupon]) -> Offered | None:
    row = rows.first()
    return offered_of(row, mall.get_settings()) if row is not None else None
