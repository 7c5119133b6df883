"""The High/Low ratio as line, spline and pie, and its groups as tables."""

from django.urls import reverse
from django.utils.http import urlencode

from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import COUNT, PERCENT, Chart, Series
from service_provider.dashboard.figures import months
from service_provider.queries.reports.ratio import Dimension, Group, RatioReport
from service_provider.queries.reports.shares import Share


def chart(kind: str, report: RatioReport) -> Chart:
    """`kind` is line, spline (both over months) or pie (in all)."""
    return _pie(report) if kind == "pie" else _over_months(kind, report)


def _over_months(kind: str, report: RatioReport) -> Chart:
    known = dict(report.months)
    shown = months.axis(known)
    shares = [known.get(month, Share(0, 0)) for month in shown]
    return Chart(
        kind=kind,
        title="High share by month",
        labels=tuple(wording.month(month) for month in shown),
        series=(
            Series("High share", tuple(s.rate for s in shares), tuple(s.interval for s in shares)),
            Series("Threshold of the settings", (report.threshold,) * len(shares), is_reference=True),
        ),
        unit=PERCENT,
        as_of=wording.moment(report.as_of),
        note="By month of the invoice; whiskers are 95 % intervals (Wilson). "
        f"Months with fewer than {report.enough} predictions are left out of the line.",
        label_title="Month",
        download="predictions",
    )


def _pie(report: RatioReport) -> Chart:
    return Chart(
        kind="pie",
        title="High and Low in all",
        labels=("High", "Low"),
        series=(Series("Predictions", (report.high.hits, report.high.total - report.high.hits)),),
        unit=COUNT,
        as_of=wording.moment(report.as_of),
        note=f"{wording.rate(report.high.rate)} of all predictions say High "
        f"({wording.interval(report.high.interval)}, 95 % interval).",
        label_title="Result",
        download="predictions",
    )


def table(dimension: Dimension, as_of: str) -> tables.Table:
    columns: list[tables.Heading] = [
        dimension.name,
        *map(tables.number, ("High share", "95 % interval", "High", "Predictions")),
        "Remark",
    ]
    caption = f"High share by {dimension.name.lower()}, lowest first, as of {as_of}"
    return tables.table(caption, columns, [_row(group) for group in dimension.groups])


def _row(group: Group) -> list[tables.Content]:
    href = f"{reverse('provider:predictions')}?{urlencode(group.params)}"
    is_enough = group.high.is_enough
    return [
        tables.Cell(group.name, href=href),
        wording.rate(group.high.rate) if is_enough else "",
        wording.interval(group.high.interval),
        wording.count(group.high.hits),
        wording.count(group.high.total),
        _remark(group),
    ]


def _remark(group: Group) -> tables.Content:
    if not group.high.is_enough:
        return wording.NOT_ENOUGH
    return tables.Cell("below the threshold", badge="warn") if group.is_low else ""
