"""Categories and malls that gain against the days before, and what is searched for."""

from datetime import UTC, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import trends
from service_provider.queries import searches
from service_provider.queries.reports import trending as report


@require_safe
@needs("see_dashboard")
def trending(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("days", "")
    days = next((days for days in report.PERIODS if str(days) == asked), report.PERIODS[-1])
    now = timezone.now()
    found = report.get(days, now=now)
    today = now.astimezone(UTC).date()
    words = searches.list_top(today - timedelta(days=days - 1), today)
    as_of = wording.moment(found.as_of)
    windows = (("Transactions", found.transactions), ("Predictions", found.predictions))
    context = {
        "found": found,
        "as_of": as_of,
        "periods": report.PERIODS,
        "spans": [(name, trends.period(window)) for name, window in windows if window],
        "charts": [chart for t in found.tables if t.by == "category" and (chart := trends.chart(t, found))],
        "searches": trends.searches(words, days=days, as_of=as_of) if words else None,
        "tables": [(trends.title(t), trends.table(t, as_of)) for t in found.tables],
    }
    return render(request, "service_provider/trending.html", context)
