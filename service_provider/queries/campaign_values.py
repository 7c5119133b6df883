"""What a person may decide about a campaign, as a value; and how it is written in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.contracts import PUBLISHED_RULE, RANDOM
from service_provider.models import Campaign
from service_provider.queries import campaign_terms
from service_provider.queries.mall import MallSettings

BP = 10_000
MOST_DEPTHS = 6
PERCENT, AMOUNT = Campaign.Discount.PERCENT.value, Campaign.Discount.AMOUNT.value
AUDIENCES: dict[str, str] = {str(value): str(name) for value, name in Campaign.Audience.choices}
POLICIES: dict[str, str] = {str(value): str(name) for value, name in Campaign.Policy.choices}
NAMED = {  # as pages and the audit log call the fields
    "starts_on": "first day", "ends_on": "last day", "discount_kind": "kind of discount", "cap_minor": "cap",
    "min_basket_minor": "minimum basket", "valid_days": "days of a coupon", "budget_minor": "budget",
    "day_budget_minor": "budget a day", "overbooking_pct": "overbooking", "limit_total": "coupons in all",
    "limit_per_shopper": "coupons per shopper", "cooldown_hours": "cool-down in hours",
    "combines_with": "combines with", "restores_on_cancel": "restored on cancelling",
    "holdout_bp": "own holdout",
}  # fmt: skip
_MONEY = {"cap_minor", "min_basket_minor", "budget_minor", "day_budget_minor"}


@dataclass(frozen=True, slots=True)
class CampaignValues:
    """Money in the smallest unit, shares in 1/10,000, days in the mall's zone; the last day belongs to it."""

    name: str
    starts_on: date
    ends_on: date
    discount_kind: str
    depths: tuple[int, ...]  # rising: percents in 1/10,000, or amounts
    cap_minor: int
    budget_minor: int
    categories: tuple[str, ...] = ()  # none: all
    malls: tuple[str, ...] = ()
    min_basket_minor: int = 0
    valid_days: int = 1
    audience: str = Campaign.Audience.EVERYONE.value
    segments: tuple[str, ...] = ()
    day_budget_minor: int | None = None
    overbooking_pct: int = 100
    limit_total: int | None = None
    limit_per_shopper: int = 1
    cooldown_hours: int = 168
    combines_with: tuple[int, ...] = ()  # none: exclusive
    restores_on_cancel: bool = True
    holdout_bp: int = 0
    policy: str = PUBLISHED_RULE
    parameters: Mapping[str, float | int] = field(default_factory=dict)
    priority: int = 0


PLAIN = tuple(name for name in CampaignValues.__dataclass_fields__ if name != "combines_with")
_LISTS = ("depths", "categories", "malls", "segments")


def values_of(row: Campaign) -> CampaignValues:
    """What stands in a row. One query for what it combines with."""
    plain: dict[str, Any] = {name: getattr(row, name) for name in PLAIN}
    plain |= {name: tuple(plain[name]) for name in _LISTS}
    others = tuple(row.combines_with.order_by("pk").values_list("pk", flat=True))
    return CampaignValues(**plain, combines_with=others)


def columns_of(values: CampaignValues, *, zone: str) -> dict[str, Any]:
    """The same as columns of the row, with the moments at which it begins and ends in that zone."""
    plain: dict[str, Any] = {name: getattr(values, name) for name in PLAIN}
    plain |= {name: list(plain[name]) for name in _LISTS}
    plain["parameters"] = dict(values.parameters)
    day_before = date.fromordinal(values.starts_on.toordinal() - 1)
    return plain | {
        "starts_ms": campaign_terms.end_of(day_before, zone),
        "ends_ms": campaign_terms.end_of(values.ends_on, zone),
        "is_exclusive": not values.combines_with,
    }


def percent(basis_points: int) -> str:
    """1250 is "12.5 %"."""
    return f"{basis_points / 100:g} %"


def told_depths(kind: str, depths: tuple[int, ...], settings: MallSettings) -> str:
    return ", ".join(percent(one) if kind == PERCENT else settings.money(one) for one in depths)


def told(name: str, values: CampaignValues, settings: MallSettings) -> str:
    """One field in words, for the audit log and for pages."""
    value = getattr(values, name)
    if name == "depths":
        return told_depths(values.discount_kind, value, settings)
    if name in _MONEY:
        return "none" if value is None else settings.money(value)
    if name == "holdout_bp":
        return percent(value)
    if name == "overbooking_pct":
        return f"{value / 100:g}"
    if name == "parameters":
        return told_parameters(values)
    return _plainly(value)


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def told_parameters(values: CampaignValues) -> str:
    """The policy's own numbers, in a sentence."""
    given, parts = values.parameters, []
    if values.policy == RANDOM:
        parts.append(f"{100 * given.get('rate', 0):g} % of the chances")
    if values.policy == PUBLISHED_RULE:
        threshold = given.get("threshold")
        risk = "the model's own threshold" if threshold is None else f"a risk of {100 * threshold:g} %"
        parts.append(f"depth {given.get('arm', 1)} from {risk} on")
    if given.get("margin_floor"):
        parts.append(f"{100 * given['margin_floor']:g} % of margin must be left")
    return "; ".join(parts) or "none"
