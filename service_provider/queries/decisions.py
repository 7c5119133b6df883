"""Decisions as the office lists and filters them, those that withheld a coupon too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from engine.contracts import NO_COUPON
from service_provider.models import Coupon, Decision
from service_provider.queries import campaign_terms, campaigns, mall, page
from service_provider.queries.decision_words import GROUPS, list_reasons
from service_provider.queries.mall import MallSettings

Decisions = QuerySet[Decision]
OFFERED, WITHHELD = "offered", "withheld"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision in short; `at` in the mall's zone, `coupon` in words where one was issued."""

    id: int
    at: datetime
    shopper_key: str
    campaign_id: int | None
    campaign: str
    arm: int
    coupon: str
    coupon_state: str
    category: str
    group: str
    reasons: tuple[str, ...]
    risk: float | None
    micros: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of decisions and the filter form that it answers to."""

    page: page.Page[DecisionRow]
    form: forms.Form
    is_filtered: bool
    as_of: datetime


# ---- filters ------------------------------------------------------------------------------------------


def _campaigns() -> list[tuple[str, str]]:
    return [(str(pk), f"{name} ({pk})") for pk, name in campaigns.names().items()]


def _by_arm(rows: Decisions, name: str, answer: str) -> Decisions:
    return rows.filter(arm=NO_COUPON) if answer == WITHHELD else rows.filter(arm__gt=NO_COUPON)


def _by_reason(rows: Decisions, name: str, reason: str) -> Decisions:
    """The reasons are a list of texts; as text each of them stands in quotation marks."""
    return rows.alias(told=Cast("reasons", TextField())).filter(told__contains=f'"{reason}"')


def _on(rows: Decisions, name: str, day: date) -> Decisions:
    zone = mall.get_settings().zone
    since = campaign_terms.end_of(day - timedelta(days=1), zone)
    return rows.filter(at_ms__gte=since, at_ms__lt=campaign_terms.end_of(day, zone))


def _choice(label: str, choices: Any, method: Any = None, **options: Any) -> Any:
    return filters.ChoiceFilter(label=label, choices=choices, method=method, empty_label="Any", **options)


class DecisionFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of the list of decisions and of its downloads."""

    campaign = _choice("Campaign", _campaigns, field_name="campaign_id")
    arm = _choice("Coupon", [(OFFERED, "Offered"), (WITHHELD, "Withheld")], _by_arm)
    reason = _choice("Reason", list_reasons(), _by_reason)
    group = _choice("Group", list(GROUPS.items()))
    day = filters.DateFilter(
        label="Day", method=_on, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


# ---- reads --------------------------------------------------------------------------------------------


def _all() -> Decisions:
    coupon = Coupon.objects.filter(decision_id=OuterRef("pk"))
    given = {
        f"coupon_{name}": Subquery(coupon.values(name)[:1]) for name in ("rate_bp", "amount_minor", "state")
    }
    rows = Decision.objects.select_related("campaign", "shopper").defer("state", "propensities")
    return rows.annotate(**given).order_by("-at_ms", "-pk")


def _matching(chosen: DecisionFilter) -> Decisions:
    # A filter that is not understood shows nothing: a download never holds more than was asked for.
    found: Decisions = chosen.qs if not chosen.errors else chosen.queryset.none()
    return found


def filtered(params: Mapping[str, str]) -> Decisions:
    """The decisions that a list's or download's parameters ask for, the newest first."""
    return _matching(DecisionFilter(dict(params), _all()))


def search(params: Mapping[str, str], number: int, *, now: datetime) -> Listing:
    """Page `number` of the decisions that `params` ask for."""
    settings = mall.get_settings()
    chosen = DecisionFilter(dict(params), _all())
    rows = page.cut(_matching(chosen), number, lambda row: row_of(row, settings))
    is_filtered = any(params.get(name) for name in chosen.filters)
    return Listing(rows, chosen.form, is_filtered, settings.local(now))


def row_of(row: Decision, settings: MallSettings) -> DecisionRow:
    return DecisionRow(
        id=row.pk,
        at=settings.local(datetime.fromtimestamp(row.at_ms / 1000, UTC)),
        shopper_key=row.shopper.key,
        campaign_id=row.campaign_id,
        campaign=row.campaign.name if row.campaign else "",
        arm=row.arm,
        coupon=_coupon(row, settings),
        coupon_state=getattr(row, "coupon_state", None) or "",
        category=row.category,
        group=row.group,
        reasons=tuple(row.reasons),
        risk=row.seen["risk"],
        micros=row.micros,
    )


def _coupon(row: Decision, settings: MallSettings) -> str:
    rate_bp, amount = getattr(row, "coupon_rate_bp", None), getattr(row, "coupon_amount_minor", None)
    if amount:
        return f"{settings.money(amount)} off"
    return f"{rate_bp / 100:g} % off" if rate_bp else ""
