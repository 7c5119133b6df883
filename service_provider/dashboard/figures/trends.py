"""Trends as tables, and the categories' shares now beside before as bars."""

from collections.abc import Sequence

from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.queries.reports.trending import Trend, TrendReport, TrendTable, Window
from service_provider.queries.searches import Search

NOUNS = {"category": "categories", "mall": "malls"}


def title(found: TrendTable) -> str:
    return f"{NOUNS[found.by].capitalize()} in {found.source}"


def period(window: Window) -> str:
    """The two periods that are compared, in words."""
    span = f"{wording.day(window.first)} to {wording.day(window.last)}"
    if window.is_current:
        return f"{span}, against as many days before."
    return f"{span}, against as many days before: nothing newer has come in."


def table(found: TrendTable, as_of: str) -> tables.Table:
    columns: list[tables.Heading] = [
        found.by.capitalize(),
        *map(tables.number, ("Now", "Before", "Share now", "Share before", "Points")),
    ]
    return tables.table(
        f"{title(found)}, strongest gain first, as of {as_of}", columns, [_row(t) for t in found.trends]
    )


def _row(trend: Trend) -> list[tables.Content]:
    counts = [trend.name, wording.count(trend.now), wording.count(trend.before)]
    if not trend.is_enough:
        return [*counts, "", "", wording.NOT_ENOUGH]
    before = "" if trend.share_before is None else wording.rate(trend.share_before)
    return [*counts, wording.rate(trend.share_now), before, wording.points(trend.gain)]


def chart(found: TrendTable, report: TrendReport) -> Chart | None:
    """None where no entry has enough data, or nothing to compare with."""
    shown = [trend for trend in found.trends if trend.is_enough and trend.share_before is not None][:10]
    if not shown:
        return None
    return Chart(
        kind="bar",
        title=f"{title(found)}, shares",
        labels=tuple(trend.name for trend in shown),
        series=(
            Series("Share now", tuple(trend.share_now for trend in shown)),
            Series("Share before", tuple(trend.share_before for trend in shown)),
        ),
        unit=PERCENT,
        as_of=wording.moment(report.as_of),
        label_title=found.by.capitalize(),
    )


def searches(found: Sequence[Search], *, days: int, as_of: str) -> tables.Table:
    columns: list[tables.Heading] = ["Words", tables.number("Searches")]
    rows = [[search.words, wording.count(search.count)] for search in found]
    return tables.table(f"Searched for most in the last {days} days, as of {as_of}", columns, rows)
