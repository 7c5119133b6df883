"""The dashboard's first page: what serves, how good it is, what was asked of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import live as live_figures
from service_provider.dashboard.figures import outcomes
from service_provider.queries import mall, mall_history
from service_provider.queries.mall_history import MallHistory
from service_provider.queries.reports import live
from service_provider.queries.reports import overview as report


@require_safe
@needs("see_dashboard")
def overview(request: HttpRequest) -> HttpResponse:
    now, settings = timezone.now(), mall.get_settings()
    found = report.get(now=now)
    context = {
        "overview": found,
        "as_of": wording.moment(found.as_of),
        "quality": _quality(found),
        "high_rate": wording.rate(found.high.rate),
        "high_interval": wording.interval(found.high.interval),
        "outcomes": outcomes.chart(found.outcomes, as_of=found.as_of),
        "past": _past(mall_history.get(settings)),
        "live": live_figures.shown(live.get(settings, now=now), settings),
    }
    return render(request, "service_provider/overview.html", context)


def _past(found: MallHistory) -> dict[str, Any] | None:
    """What the mall has behind it; None where nobody has visited it and it sells nothing."""
    if not found.visits and not found.products:
        return None
    bought = f"from {wording.count(found.buying_visits)} {'visit' if found.buying_visits == 1 else 'visits'}"
    robots = f"and {wording.count(found.robots)} by robots" if found.robots else ""
    figures = (
        ("Visits", found.visits, robots),
        ("Events", found.events, ""),
        ("Orders", found.orders, bought if found.orders else ""),
        ("Products", found.products, ""),
    )
    days = [wording.day(day) for day in (found.first_day, found.last_day) if day]
    return {
        "span": " to ".join(days),
        "figures": [(name, wording.count(number), note) for name, number, note in figures],
    }


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
