"""The live mall as figures, charts and tables."""

from typing import Any

from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import COUNT, Chart, Series
from service_provider.dashboard.figures.coupons import live as coupons
from service_provider.dashboard.figures.coupons.live import Figure
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports.at_risk import MODEL, STEPS, Risk
from service_provider.queries.reports.live import DAY, Demand, Live

STAGE_NAMES = ("Looked at a product", "Added to the basket", "Looked at the basket", "Checked out", "Bought")
SOURCES = {
    MODEL: "as the live model says",
    "rate": "by a simple rate: how past visits with as many events ended",
}


def shown(live: Live, mall: MallSettings) -> dict[str, Any]:
    """What `_live.html` draws."""
    as_of = f"{live.as_of:%H:%M:%S}"
    return {
        "as_of": as_of,
        "figures": _figures(live),
        "coupons": coupons.now(live.coupons, mall),
        "funnel": _funnel(live, as_of) if live.visits else None,
        "risk": _risk(live.risk, as_of) if live.visits else None,
        "risk_note": _risk_note(live.risk),
        "categories": _categories(live, as_of) if live.demand.categories else None,
        "searches": _searches(live, as_of) if live.demand.searches else None,
    }


def said(live: Live) -> str:
    """What a screen reader is told now and then."""
    visits = "1 live visit" if live.visits == 1 else f"{wording.count(live.visits)} live visits"
    return f"{visits}, {wording.count(live.risk.likely)} at risk"


def _figures(live: Live) -> tuple[Figure, ...]:
    span = f"heard of since {live.since:%H:%M}"
    over = f"mean of the last {round(live.seconds)} s"
    risk = live.risk
    likely = (
        f"of {wording.count(risk.judged)} judged, in the top tenth: {wording.rate(risk.threshold)} or more"
        if risk.source == MODEL
        else f"of {wording.count(risk.judged)} more likely than not to leave without buying"
    )
    unknown = (
        f"; of {wording.count(risk.visits - risk.judged)} nothing is known"
        if risk.visits > risk.judged
        else ""
    )
    return (
        Figure("visits", "Live visits", wording.count(live.visits), span),
        Figure("speed", "Events a second", f"{live.per_second:.1f}", over),
        Figure(
            "risk",
            "Visits at risk",
            wording.count(risk.likely) if risk.judged or not risk.visits else wording.NOT_ENOUGH,
            f"{likely}{unknown}; {SOURCES[risk.source]}"
            if risk.judged
            else "none that could still buy is judged",
        ),
        Figure(
            "robots",
            "Robots",
            wording.count(live.robots),
            f"live, {wording.count(live.demand.robots_today)} today, {live.robots_per_second:.1f} events a second; "
            "in no other figure",
        ),
    )


def _funnel(live: Live, as_of: str) -> Chart:
    return Chart(
        kind="bar",
        title="How far live visits have come",
        labels=("Visits", *STAGE_NAMES),
        series=(Series("Visits that came at least so far", tuple(map(float, (live.visits, *live.stages)))),),
        unit=COUNT,
        as_of=as_of,
        note=f"What was heard of them since {live.since:%H:%M}, and whether they have bought.",
        label_title="Stage",
    )


def _risk_note(risk: Risk) -> str:
    if not risk.past.total:
        return "No past visit is known yet."
    past = f"{wording.count(risk.past.total)} past visits"
    base = f"Of {past} {wording.rate(risk.past.rate)} ended without a purchase"
    expected = (
        f"; of the {wording.count(risk.judged)} judged about {risk.expected:.1f} will" if risk.judged else ""
    )
    return f"{base}{expected}, {SOURCES[risk.source]}."


def _risk(risk: Risk, as_of: str) -> tables.Table:
    columns: list[tables.Heading] = [
        "Events so far",
        *map(
            tables.number,
            ("Live visits, nothing bought", "Chance of no purchase", "Past visits", "Of these no purchase"),
        ),
    ]
    rows: list[list[tables.Content]] = []
    for place, one in enumerate(risk.steps):
        after = STEPS[place + 1] - 1 if place + 1 < len(STEPS) else None
        label = (
            f"{one.step} or more"
            if after is None
            else str(one.step)
            if after == one.step
            else f"{one.step} to {after}"
        )
        chance = "unknown" if one.mean is None else wording.rate(one.mean)
        share = wording.rate(one.past.rate)
        past = f"{share} ({wording.interval(one.past.interval)})" if one.past.interval else share
        rows.append([label, wording.count(one.visits), chance, wording.count(one.past.total), past])
    return tables.table(f"Visits at risk by step, as of {as_of}", columns, rows)


def _categories(live: Live, as_of: str) -> Chart:
    found = live.demand.categories
    return Chart(
        kind="bar",
        title="Trending categories",
        labels=tuple(one.category for one in found),
        series=(
            Series("Looks", tuple(float(one.looks) for one in found)),
            Series("Put into baskets", tuple(float(one.added) for one in found)),
            Series("Bought", tuple(float(one.bought) for one in found)),
        ),
        unit=COUNT,
        as_of=as_of,
        note=f"Events of people since {_since(live.demand, live)}; a look counts one, a basket three, a purchase five.",
        label_title="Category",
    )


def _searches(live: Live, as_of: str) -> Chart:
    found = live.demand.searches
    return Chart(
        kind="bar",
        title="Trending searches",
        labels=tuple(one.words for one in found),
        series=(Series("Searches", tuple(float(one.count) for one in found)),),
        unit=COUNT,
        as_of=as_of,
        note="Today and yesterday (UTC), of who lets us remember; what fewer than three searched for is left out.",
        label_title="Words",
    )


def _since(demand: Demand, live: Live) -> str:
    """The newest events only, where so many came that a day of them would be too much to look at."""
    is_cut = live.as_of - demand.since < DAY - DAY / 100
    return f"{demand.since:%H:%M}, the newest of very many" if is_cut else f"{demand.since:%H:%M} yesterday"
