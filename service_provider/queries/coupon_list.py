"""Coupons and redemptions as the office lists and filters them. A code is its owner's: nobody here reads it whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from service_provider.models import Coupon, Redemption
from service_provider.queries import campaigns, mall, page
from service_provider.queries.mall import MallSettings

Row = TypeVar("Row")
SHOWN = 4  # signs of a code at its end
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class CouponRow:
    """One coupon; moments in the mall's zone, money in the smallest unit."""

    id: int
    code_end: str
    campaign_id: int
    campaign: str
    shopper_key: str
    decision_id: int | None
    state: str
    category: str
    depth: str
    cap_minor: int
    issued_at: datetime
    issued_day: date
    expires_at: datetime
    seen_at: datetime | None
    dismissed_at: datetime | None
    redeemed_at: datetime | None
    reserved_minor: int
    spent_minor: int
    rating: int | None


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """One use of a coupon; `where` is the shop, or a till's name."""

    id: int
    at: datetime
    coupon_id: int
    campaign_id: int
    campaign: str
    shopper_key: str
    where: str
    order_key: str
    basket_minor: int
    discount_minor: int
    reversed_at: datetime | None
    reversed_why: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """A page of rows and the filter form that it answers to."""

    page: page.Page[Row]
    form: forms.Form
    is_filtered: bool
    as_of: datetime


def _campaigns() -> list[tuple[str, str]]:
    return [(str(pk), f"{name} ({pk})") for pk, name in campaigns.names().items()]


def _choice(label: str, choices: Any, **options: Any) -> Any:
    return filters.ChoiceFilter(label=label, choices=choices, empty_label="Any", **options)


def _shopper(field_name: str) -> Any:
    hint = forms.TextInput(attrs={"placeholder": "Her key"})
    return filters.CharFilter(label="Shopper", field_name=field_name, max_length=64, widget=hint)


def _day(label: str, **options: Any) -> Any:
    return filters.DateFilter(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
    )


class CouponFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of the list of coupons and of its downloads."""

    campaign = _choice("Campaign", _campaigns, field_name="campaign_id")
    state = _choice("State", Coupon.State.choices)
    shopper = _shopper("shopper__key")
    day = _day("Given out on", field_name="issued_day")


class RedemptionFilter(filters.FilterSet):  # type: ignore[misc]
    """Query parameters of the list of redemptions and of its downloads."""

    campaign = _choice("Campaign", _campaigns, field_name="coupon__campaign_id")
    shopper = _shopper("coupon__shopper__key")
    taken_back = _choice("Taken back", [(YES, "Yes"), (NO, "No")], method="by_reversal")

    def by_reversal(self, rows: QuerySet[Redemption], name: str, answer: str) -> QuerySet[Redemption]:
        return rows.filter(reversed_ms__isnull=answer == NO)


# ---- reads --------------------------------------------------------------------------------------------


def _coupons() -> QuerySet[Coupon]:
    return Coupon.objects.select_related("campaign", "shopper").order_by("-pk")


def _redemptions() -> QuerySet[Redemption]:
    ties = ("coupon__campaign", "coupon__shopper", "order", "till", "api_key")
    return Redemption.objects.select_related(*ties).defer("lines").order_by("-pk")


def _matching(chosen: Any) -> Any:
    # A filter that is not understood shows nothing: a download never holds more than was asked for.
    return chosen.qs if not chosen.errors else chosen.queryset.none()


def coupons(params: Mapping[str, str]) -> QuerySet[Coupon]:
    """The coupons that a list's or download's parameters ask for, the newest first."""
    found: QuerySet[Coupon] = _matching(CouponFilter(dict(params), _coupons()))
    return found


def redemptions(params: Mapping[str, str]) -> QuerySet[Redemption]:
    """The redemptions that they ask for, the newest first; those that were taken back are among them."""
    found: QuerySet[Redemption] = _matching(RedemptionFilter(dict(params), _redemptions()))
    return found


def search_coupons(params: Mapping[str, str], number: int, *, now: datetime) -> Listing[CouponRow]:
    """Page `number` of the coupons that `params` ask for."""
    settings, chosen = mall.get_settings(), CouponFilter(dict(params), _coupons())
    rows = page.cut(_matching(chosen), number, lambda row: coupon_row(row, settings))
    return Listing(rows, chosen.form, _is_filtered(chosen, params), settings.local(now))


def search_redemptions(params: Mapping[str, str], number: int, *, now: datetime) -> Listing[RedemptionRow]:
    """Page `number` of the redemptions that `params` ask for."""
    settings, chosen = mall.get_settings(), RedemptionFilter(dict(params), _redemptions())
    rows = page.cut(_matching(chosen), number, lambda row: redemption_row(row, settings))
    return Listing(rows, chosen.form, _is_filtered(chosen, params), settings.local(now))


def _is_filtered(chosen: Any, params: Mapping[str, str]) -> bool:
    return any(params.get(name) for name in chosen.filters)


def coupon_row(row: Coupon, settings: MallSettings) -> CouponRow:
    depth = f"{row.rate_bp / 100:g} % off" if row.rate_bp else f"{settings.money(row.amount_minor)} off"
    moments = {name: _at(getattr(row, f"{name}_ms"), settings) for name in ("seen", "dismissed", "redeemed")}
    issued, expires = _at(row.issued_ms, settings), _at(row.expires_ms, settings)
    assert issued is not None
    assert expires is not None
    return CouponRow(
        id=row.pk, code_end=row.code[-SHOWN:], campaign_id=row.campaign_id, campaign=row.campaign.name,
        shopper_key=row.shopper.key, decision_id=row.decision_id, state=str(Coupon.State(row.state).label),
        category=row.category, depth=depth, cap_minor=row.cap_minor, issued_at=issued, issued_day=row.issued_day,
        expires_at=expires, seen_at=moments["seen"], dismissed_at=moments["dismissed"],
        redeemed_at=moments["redeemed"], reserved_minor=row.reserved_minor, spent_minor=row.spent_minor,
        rating=row.rating,
    )  # fmt: skip


def redemption_row(row: Redemption, settings: MallSettings) -> RedemptionRow:
    where = f"till {row.till.name}" if row.till else f"till {row.api_key.name}" if row.api_key else "shop"
    at = _at(row.at_ms, settings)
    assert at is not None
    return RedemptionRow(
        id=row.pk, at=at, coupon_id=row.coupon_id, campaign_id=row.coupon.campaign_id,
        campaign=row.coupon.campaign.name, shopper_key=row.coupon.shopper.key, where=where,
        order_key=row.order.key if row.order else "", basket_minor=row.basket_minor,
        discount_minor=row.discount_minor, reversed_at=_at(row.reversed_ms, settings),
        reversed_why=row.reversed_why,
    )  # fmt: skip


def _at(moment_ms: int | None, settings: MallSettings) -> datetime | None:
    return None if moment_ms is None else settings.local(datetime.fromtimestamp(moment_ms / 1000, UTC))
