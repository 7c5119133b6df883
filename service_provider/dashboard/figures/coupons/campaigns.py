"""What the pages of campaigns show: lists, terms, money, days, and what would have happened yesterday."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from service_provider.dashboard import charts, tables, wording
from service_provider.dashboard.charts import Chart, Series
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.campaign_preview import Preview
from service_provider.queries.campaign_values import (
    AUDIENCES,
    NAMED,
    CampaignValues,
    percent,
    told,
    told_parameters,
)
from service_provider.queries.campaigns import CampaignRow, DayRow
from service_provider.queries.mall import MallSettings

BADGES = {
    "running": "good",
    "paused": "warn",
    "exhausted": "warn",
    "scheduled": "accent",
    "ended": "",
    "draft": "",
}
LIST: tuple[tables.Heading, ...] = (
    "Name", "State", "Days", "Offers", "Policy", tables.number("Budget"), tables.number("Spent"),
    tables.number("Left"), tables.number("Given out"), tables.number("Used"), tables.number("Priority"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """The budget as a bar of 100 parts; what is overspent makes it longer than the budget."""

    spent: float
    reserved: float
    budget: float  # where the budget ends
    summary: str


def campaigns(rows: Sequence[CampaignRow], *, as_of: str, mall: MallSettings) -> Table:
    cells: list[list[tables.Content]] = [
        [
            Cell(row.name, href=reverse("provider:campaign", args=[row.id])),
            Cell(row.state, badge=BADGES[row.state] or "plain"),
            days_of(row),
            row.depths,
            row.policy,
            mall.money(row.budget_minor),
            mall.money(row.spent_minor),
            mall.money(row.left_minor),
            wording.count(row.issued),
            wording.count(row.redeemed),
            str(row.priority),
        ]
        for row in rows
    ]
    return tables.table(f"Campaigns, the newest first, as of {as_of}", LIST, cells)


def days_of(row: CampaignRow) -> str:
    return f"{wording.day(row.starts_on)} to {wording.day(row.ends_on)}"


def bar(row: CampaignRow, mall: MallSettings) -> Bar:
    whole = max(row.budget_minor, row.spent_minor + row.reserved_minor, 1)
    told_sum = (
        f"{mall.money(row.spent_minor)} spent and {mall.money(row.reserved_minor)} promised of a budget of "
        f"{mall.money(row.budget_minor)}"
    )
    return Bar(
        round(100 * row.spent_minor / whole, 2),
        round(100 * row.reserved_minor / whole, 2),
        round(100 * row.budget_minor / whole, 2),
        told_sum,
    )


def by_day(rows: Sequence[DayRow], *, as_of: str) -> Chart:
    return charts.Chart(
        kind="bar",
        title="Coupons by the day on which they were given out",
        labels=tuple(wording.day(row.day) for row in rows),
        series=(
            Series("Given out", tuple(float(row.issued) for row in rows)),
            Series("Used since", tuple(float(row.redeemed) for row in rows)),
        ),
        unit=charts.COUNT,
        as_of=as_of,
        label_title="Day",
        note="Coupons of the last days can still be used.",
    )


def terms(
    values: CampaignValues, names: dict[int, str], segments: dict[str, str], mall: MallSettings
) -> list[tuple[str, str]]:
    """All that was decided about a campaign, as pairs of words."""
    shown = (
        "depths", "cap_minor", "min_basket_minor", "valid_days", "categories", "malls", "limit_per_shopper",
        "cooldown_hours", "limit_total", "day_budget_minor", "overbooking_pct", "priority", "restores_on_cancel",
    )  # fmt: skip
    facts = {name: told(name, values, mall) for name in shown}
    for name in ("categories", "malls"):
        facts[name] = facts[name] if getattr(values, name) else "all"
    if values.limit_total is None:
        facts["limit_total"] = "as many as the budget allows"
    audience = AUDIENCES.get(values.audience, values.audience)
    if values.segments:
        audience += f": {', '.join(segments.get(one, one) for one in values.segments)}"
    others = ", ".join(names.get(one, str(one)) for one in values.combines_with)
    return [
        *((NAMED.get(name, name).capitalize(), fact) for name, fact in facts.items()),
        ("Audience", audience),
        ("Combines with", others or "no other: its coupons stand alone"),
        ("Policy's numbers", told_parameters(values)),
        ("Own holdout", f"{percent(values.holdout_bp)}, beside the mall's {percent(mall.holdout_bp)}"),
    ]


# ---- yesterday ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Yesterday:
    """A preview in words and tables."""

    day: str
    looked_at: str
    is_empty: bool
    offers: str
    held_out: str
    most: str
    caution: str
    kinds: Table | None
    refusals: Table | None
    first: Table | None


def yesterday(found: Preview, mall: MallSettings) -> Yesterday:
    return Yesterday(
        day=wording.day(found.day),
        looked_at=_looked_at(found),
        is_empty=not found.source,
        offers=wording.count(found.offers),
        held_out=wording.count(found.held_out),
        most=mall.money(found.most_minor),
        caution=_caution(found),
        kinds=_counted("What they would have been", "Coupon", (*found.depths, *found.categories)),
        refusals=_counted("Why not at the other moments", "Reason", found.refusals),
        first=_first(found),
    )


def _looked_at(found: Preview) -> str:
    total = wording.count(found.total)
    part = f"{wording.count(found.looked_at)} of {total}" if found.is_sampled else f"all {total}"
    sample = ", spread evenly over the day, with the same part of the budgets," if found.is_sampled else ""
    points = f"{wording.count(found.points)} moments at which a coupon could have been offered"
    return f"Looked at: {part} {found.source}{sample} with {points}."


def _caution(found: Preview) -> str:
    if found.source == "visits":
        return (
            "Nothing was decided yesterday, so yesterday's visits were walked through again. What shoppers had had or "
            "bought by then is left out, and the risk is the last one that was told of each visit."
        )
    return (
        "Yesterday's decisions were made once more with this campaign in its place among the others. Shoppers who "
        "would have got another coupon might have gone on otherwise."
    )


def _counted(caption: str, title: str, rows: Sequence[tuple[str, int]]) -> Table | None:
    cells: list[list[tables.Content]] = [
        [text or "nothing said", wording.count(number)] for text, number in rows
    ]
    return tables.table(caption, (tables.words(title), tables.number("How often")), cells) if cells else None


def _first(found: Preview) -> Table | None:
    cells: list[list[tables.Content]] = [
        [f"{one.at:%H:%M:%S}", one.shopper_key, f"{one.depth} off {one.category}"] for one in found.first
    ]
    caption = f"The first {len(cells)} of them" if found.offers > len(cells) else "Who would have got what"
    return tables.table(caption, ("Time", "Shopper", "Coupon"), cells) if cells else None
