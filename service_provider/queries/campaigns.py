"""Campaigns as the office lists and shows them. Their state is computed by the function that enforces it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Count, QuerySet, Sum

from engine.policy.campaigns import STATES, budget_left_minor, state_of
from service_provider.models import AuditEntry, Campaign, CampaignDay, Coupon, Mall
from service_provider.queries import campaign_terms, campaign_values, mall, page
from service_provider.queries.campaign_values import POLICIES, CampaignValues
from service_provider.queries.catalogue import version_of

Campaigns = QuerySet[Campaign]
MOST_DAYS = 92  # on a chart


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign with its money, in the smallest unit; `committed = reserved + spent + released`."""

    id: int
    name: str
    state: str  # one of engine.policy.campaigns.STATES
    starts_on: date
    ends_on: date
    policy: str
    depths: str  # in words
    priority: int
    is_rehearsal: bool
    budget_minor: int
    committed_minor: int
    reserved_minor: int
    spent_minor: int
    released_minor: int
    left_minor: int
    overbooking_pct: int
    issued: int
    redeemed: int
    by_label: str
    created_at: datetime
    changed_at: datetime
    version: str

    @property
    def is_overspent(self) -> bool:
        """Only where it is overbooked: promised coupons were honoured past the budget."""
        return self.spent_minor > self.budget_minor


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was given out on a day of the mall's zone, and what became of it since; money in the smallest unit."""

    day: date
    issued: int
    redeemed: int
    spent_minor: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of campaigns and the filter form that it answers to."""

    page: page.Page[CampaignRow]
    form: forms.Form
    is_filtered: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody has stopped all coupons."""

    at: datetime
    by_label: str


def find_stop() -> Stop | None:
    """One query."""
    row = Mall.objects.filter(pk=1, coupons_stopped_at__isnull=False).values_list(
        "coupons_stopped_at", "coupons_stopped_by"
    )
    return next((Stop(at, by_label) for at, by_label in row if at is not None), None)


# ---- the list -----------------------------------------------------------------------------------------


class CampaignFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of the list. The state stands in no column: `search` asks for it afterwards."""

    q = filters.CharFilter(
        label="Search",
        field_name="name",
        lookup_expr="icontains",
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name"}),
    )
    state = filters.ChoiceFilter(
        label="State",
        choices=[(state, state.capitalize()) for state in STATES],
        method="by_state",
        empty_label="Any",
    )
    policy = filters.ChoiceFilter(label="Policy", choices=list(POLICIES.items()), empty_label="Any")

    def by_state(self, rows: Campaigns, name: str, state: str) -> Campaigns:
        return rows


def search(params: Mapping[str, str], number: int, *, now: datetime) -> Listing:
    """Page `number` of the campaigns that `params` ask for, the newest first."""
    settings = mall.get_settings()
    chosen = CampaignFilter(dict(params), Campaign.objects.order_by("-pk"))
    found: Campaigns = chosen.qs if not chosen.errors else chosen.queryset.none()
    state = params.get("state", "")
    if state and not chosen.errors:
        found = found.filter(pk__in=_in_state(found, state, now=now))
    rows = page.cut(found, number, lambda row: row_of(row, settings, now=now))
    is_filtered = any(params.get(name) for name in chosen.filters)
    return Listing(rows, chosen.form, is_filtered, settings.local(now))


def _in_state(rows: Campaigns, state: str, *, now: datetime) -> list[int]:
    """Campaigns are made by hand: there are never more than can be looked at one by one."""
    now_ms = _ms(now)
    return [row.pk for row in rows if state_of(campaign_terms.facts_of(row), now_ms=now_ms) == state]


def count_running(*, now: datetime) -> int:
    """How many give out coupons now; those for rehearsals are none of them."""
    return len(_in_state(Campaign.objects.filter(is_rehearsal=False), "running", now=now))


def names() -> dict[int, str]:
    """Of all campaigns, the newest first."""
    return dict(Campaign.objects.order_by("-pk").values_list("pk", "name"))


# ---- one campaign -------------------------------------------------------------------------------------


def find(campaign_id: int, *, now: datetime) -> CampaignRow | None:
    row = Campaign.objects.filter(pk=campaign_id).first()
    return row_of(row, mall.get_settings(), now=now) if row else None


def find_values(campaign_id: int) -> CampaignValues | None:
    row = Campaign.objects.filter(pk=campaign_id).first()
    return campaign_values.values_of(row) if row else None


def list_days(campaign_id: int) -> list[DayRow]:
    """The last days on which something was given out, the oldest first. Two queries."""
    days = list(
        CampaignDay.objects.filter(campaign_id=campaign_id, issued__gt=0).order_by("-day")[:MOST_DAYS]
    )
    if not days:
        return []
    coupons = Coupon.objects.filter(campaign_id=campaign_id, issued_day__gte=days[-1].day)
    redeemed = dict(
        coupons.filter(state=Coupon.State.REDEEMED)
        .values_list("issued_day")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return [DayRow(one.day, one.issued, redeemed.get(one.day, 0), one.spent_minor) for one in reversed(days)]


def live_coupons(campaign_id: int, *, now: datetime) -> tuple[int, int]:
    """How many coupons are out that can be used now, and the most that they may cost."""
    told = Coupon.objects.filter(
        campaign_id=campaign_id, state__in=Coupon.LIVE, expires_ms__gt=_ms(now)
    ).aggregate(number=Count("pk"), cost=Sum("reserved_minor"))
    return told["number"], told["cost"] or 0


def find_editor(row: CampaignRow) -> str:
    """Who made it what it is now."""
    last = AuditEntry.objects.filter(target_kind="campaign", target_id=str(row.id)).order_by("-pk").first()
    return last.actor_label if last else row.by_label


def row_of(row: Campaign, settings: mall.MallSettings, *, now: datetime) -> CampaignRow:
    facts = campaign_terms.facts_of(row)
    told: dict[str, Any] = {
        name: getattr(row, name) for name in CampaignRow.__slots__ if name in _AS_THEY_ARE
    }
    return CampaignRow(
        **told,
        id=row.pk,
        state=state_of(facts, now_ms=_ms(now)),
        policy=POLICIES.get(row.policy, row.policy),
        depths=campaign_values.told_depths(row.discount_kind, tuple(row.depths), settings),
        left_minor=budget_left_minor(facts),
        created_at=settings.local(row.created_at),
        changed_at=settings.local(row.changed_at),
        version=version_of(row.changed_at),
    )


_AS_THEY_ARE = {
    "name", "starts_on", "ends_on", "priority", "is_rehearsal", "budget_minor", "committed_minor", "reserved_minor",
    "spent_minor", "released_minor", "overbooking_pct", "issued", "redeemed", "by_label",
}  # fmt: skip


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
