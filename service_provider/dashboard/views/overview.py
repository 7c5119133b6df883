"""The dashboard's first page: what serves, how good it is, what was asked of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import outcomes
from service_provider.queries import mall, mall_history
from service_provider.queries.mall_history import MallHistory
from service_provider.queries.reports import overview as report


@require_safe
@needs("see_dashboard")
def overview(request: HttpRequest) -> HttpResponse:
    found = report.get(now=timezone.now())
    context = {
        "overview": found,
        "as_of": wording.moment(found.as_of),
        "quality": _quality(found),
        "high_rate": wording.rate(found.high.rate),
        "high_interval": wording.interval(found.high.interval),
        "outcomes": outcomes.chart(found.outcomes, as_of=found.as_of),
        "past": _past(mall_history.get(mall.get_settings())),
    }
    return render(request, "service_provider/overview.html", context)


def _past(found: MallHistory) -> tuple[tuple[str, str], ...]:
    """What the mall has behind it, in lines; none where nobody has visited it and it sells nothing."""
    if not found.visits and not found.products:
        return ()
    robots = f", and {wording.count(found.robots)} by robots" if found.robots else ""
    lines = [
        ("Visits", f"{wording.count(found.visits)}{robots}"),
        ("Events", wording.count(found.events)),
        ("Visits that bought", wording.count(found.buying_visits)),
        ("Orders", wording.count(found.orders)),
        ("Products", wording.count(found.products)),
    ]
    if found.first_day and found.last_day:
        lines.insert(0, ("History", f"{wording.day(found.first_day)} to {wording.day(found.last_day)}"))
    return tuple(lines)


def _quality(found: report.Overview) -> dict[str, str] | None:
    """The live vote's accuracy in cross-validation, never without the majority's."""
    if found.live is None or found.live_since is None:
        return None
    measured = found.live.report
    vote = measured.model("vote").metrics["cv_accuracy"]
    return {
        "accuracy": wording.rate(vote.value),
        "interval": wording.interval(
            (vote.low, vote.high) if vote.low is not None and vote.high is not None else None
        ),
        "majority": wording.rate(measured.majority_rate),
        "best": wording.rate(measured.best_reachable_accuracy) if measured.best_reachable_accuracy else "",
        "trained": wording.moment(found.live_since),
        "verdict": measured.verdict,
    }
