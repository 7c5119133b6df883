"""Tills: phones and screens at a counter, and what was redeemed at them. Of their secrets only hashes are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.db.models import F

from service_provider.models import Redemption, Till
from service_provider.queries import mall, offered, page

RECENT = 10


@dataclass(frozen=True, slots=True)
class TillRow:
    id: int
    name: str
    mall: str
    link_until: datetime
    paired_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None
    by_label: str
    created_at: datetime

    def state(self, now: datetime) -> str:
        """ "paired", "waiting" for its phone, "missed" where the link ended unused, or "revoked"."""
        if self.revoked_at is not None:
            return "revoked"
        if self.paired_at is not None:
            return "paired"
        return "waiting" if now < self.link_until else "missed"


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """One redemption at a till; money in the smallest unit."""

    id: int
    what: str
    at: datetime
    basket_minor: int
    discount_minor: int
    reversed_why: str
    is_reversed: bool

    @property
    def total_minor(self) -> int:
        return self.basket_minor - self.discount_minor


_FIELDS = (
    "pk", "name", "mall", "link_until", "paired_at", "seen_at", "revoked_at", "by_label", "created_at",
)  # fmt: skip


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def list_tills(number: int) -> page.Page[TillRow]:
    """Live ones first, newest first. Two queries."""
    rows = Till.objects.order_by(F("revoked_at").desc(nulls_first=True), "-pk").values_list(*_FIELDS)
    return page.cut(rows, number, lambda row: TillRow(*row))


def find_live(till_id: int) -> TillRow | None:
    row = Till.objects.filter(pk=till_id, revoked_at=None).values_list(*_FIELDS).first()
    return TillRow(*row) if row else None


def find_link(token: str, *, now: datetime) -> TillRow | None:
    """The till that this link would pair: not used, not over, not revoked."""
    rows = Till.objects.filter(
        link_sha256=hash_of(token), link_until__gt=now, cookie_sha256=None, revoked_at=None
    )
    row = rows.values_list(*_FIELDS).first()
    return TillRow(*row) if row else None


def find_by_cookie(secret: str) -> TillRow | None:
    """The live till that was paired with this cookie. One query."""
    rows = Till.objects.filter(cookie_sha256=hash_of(secret), revoked_at=None)
    row = rows.values_list(*_FIELDS).first()
    return TillRow(*row) if row else None


def list_redemptions(till_id: int) -> list[RedemptionRow]:
    """The newest ones of this till."""
    rows = Redemption.objects.select_related("coupon").filter(till_id=till_id).order_by("-pk")
    return [_row(row) for row in rows[:RECENT]]


def find_redemption(redemption_id: int, *, till_id: int) -> RedemptionRow | None:
    """One of this very till."""
    rows = Redemption.objects.select_related("coupon").filter(till_id=till_id, pk=redemption_id)
    row = rows.first()
    return _row(row) if row else None


def _row(row: Redemption) -> RedemptionRow:
    settings = mall.get_settings()
    return RedemptionRow(
        row.pk,
        offered.what(row.coupon, settings),
        datetime.fromtimestamp(row.at_ms / 1000, UTC),
        row.basket_minor,
        row.discount_minor,
        row.reversed_why,
        row.reversed_ms is not None,
    )
