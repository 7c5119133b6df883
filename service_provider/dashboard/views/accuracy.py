"""Accuracies as bar, line over training runs, and pie."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import accuracy as figures
from service_provider.queries.reports import accuracy as report

CHARTS = ("bar", "line", "pie")


@require_safe
@needs("see_dashboard")
def accuracy(request: HttpRequest, chart: str = "bar") -> HttpResponse:
    if chart not in CHARTS:
        raise Http404(f"There is no {chart} chart of accuracies; there are {', '.join(CHARTS)}.")
    try:
        found = report.get(_number(request), now=timezone.now())
    except report.NoSuchVersion as unknown:
        raise Http404(f"There is no version {unknown}.") from unknown
    context = {
        "found": found,
        "chart_kind": chart,
        "chart_kinds": CHARTS,
        "as_of": wording.moment(found.as_of),
    }
    if found.chosen:
        context["chart"] = figures.chart(chart, found.chosen, found)
        context["table"] = figures.table(found.chosen)
        context["majority"] = wording.rate(found.chosen.report.majority_rate)
    return render(request, "service_provider/accuracy.html", context)


def _number(request: HttpRequest) -> int | None:
    text = request.GET.get("version", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Http404("A version is a number.")
    return int(text)
