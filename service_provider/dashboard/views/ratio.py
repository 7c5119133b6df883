"""The High/Low ratio: in all, by group, and as charts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import ratio as figures
from service_provider.queries.reports import ratio as report

CHARTS = ("line", "spline", "pie")


@require_safe
@needs("see_dashboard")
def ratio(request: HttpRequest) -> HttpResponse:
    found = report.get(now=timezone.now())
    as_of = wording.moment(found.as_of)
    context = _shared(found) | {
        "low": wording.count(found.high.total - found.high.hits),
        "high": wording.count(found.high.hits),
        "rate": wording.rate(found.high.rate),
        "interval": wording.interval(found.high.interval),
        "threshold": wording.rate(found.threshold),
        "tables": [(dimension.name, figures.table(dimension, as_of)) for dimension in found.dimensions],
    }
    return render(request, "service_provider/ratio.html", context)


@require_safe
@needs("see_dashboard")
def ratio_chart(request: HttpRequest, chart: str) -> HttpResponse:
    if chart not in CHARTS:
        raise Http404(f"There is no {chart} chart of the ratio; there are {', '.join(CHARTS)}.")
    found = report.get(now=timezone.now())
    context = _shared(found) | {"chart_kind": chart, "chart": figures.chart(chart, found)}
    return render(request, "service_provider/ratio_chart.html", context)


def _shared(found: report.RatioReport) -> dict[str, object]:
    return {"found": found, "chart_kinds": CHARTS, "as_of": wording.moment(found.as_of)}
