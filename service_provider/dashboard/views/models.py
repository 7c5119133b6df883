"""Versions of the model: listed, read in full, promoted, rolled back."""

from typing import cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.figures import models as figures
from service_provider.dashboard.paging import page_number
from service_provider.queries import learning as versions
from service_provider.queries import mall
from service_provider.queries.access import may
from service_provider.queries.learning import CHURN, REVENUE, SEGMENTS, ModelVersionRow
from service_provider.services import learning


def _get(version_id: int) -> ModelVersionRow:
    row = versions.find_version(version_id)
    if row is None:
        raise Http404("There is no such version.")
    return row


@require_safe
@needs("see_dashboard")
def models(request: HttpRequest) -> HttpResponse:
    settings = mall.get_settings()
    live = versions.find_live()
    page = versions.list_versions(number=page_number(request))
    history = versions.history(number=page_number(request, "changes"))
    may_promote = may(actor(request), "promote").allowed
    context = {
        "page": page,
        "versions": figures.versions(page.rows, mall=settings, may_promote=may_promote),
        "live": live,
        "is_stale": live is not None and live.is_stale(now=timezone.now(), days=settings.model_stale_days),
        "stale_days": settings.model_stale_days,
        "history": history,
        "changes": figures.changes(history.rows, mall=settings),
        "may_roll_back": may_promote and versions.find_roll_back_target() is not None,
    }
    return render(request, "service_provider/models.html", context)


@require_safe
@needs("see_dashboard")
def model(request: HttpRequest, version_id: int) -> HttpResponse:
    version = _get(version_id)
    if version.kind != REVENUE:  # each kind has a page of its own
        return redirect(_home(version.kind, version.number))
    report = version.report
    context = {
        "version": version,
        "report": report,
        "vote": wording.measure(report.model("vote").metrics["accuracy"]),
        "vote_folds": wording.measure(report.model("vote").metrics["cv_accuracy"]),
        "majority": wording.rate(report.majority_rate),
        "best": wording.rate(report.best_reachable_accuracy) if report.best_reachable_accuracy else "",
        "distance": figures.distance_to_best(report),
        "accuracies": figures.accuracies(report),
        "test_metrics": figures.further(report, prefix="", caption="On the test rows"),
        "fold_metrics": figures.further(report, prefix="cv_", caption="In 5-fold cross-validation"),
        "confusions": list(figures.confusions(report)),
        "leaks": figures.leaks(report) if report.leaks else None,
    }
    return render(request, "service_provider/model.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promote")
def model_promote(request: HttpRequest, version_id: int) -> HttpResponse:
    version = _get(version_id)
    if request.method != "POST":
        return _confirm_promote(request, version)
    try:
        learning.promote(version_id, by=actor(request), now=timezone.now())
    except learning.CannotPromote as refusal:
        return _confirm_promote(request, version, refusal=str(refusal), status=409)
    messages.success(request, f"Version {version.number} is in use from now on.")
    return redirect(_home(version.kind))


HOMES = {REVENUE: "provider:models", SEGMENTS: "provider:segments", CHURN: "provider:churn"}
"""Where the versions of a kind are listed."""


def _home(kind: str, number: int | None = None) -> str:
    path = reverse(HOMES[kind])
    return f"{path}?version={number}" if number else path


def _confirm_promote(
    request: HttpRequest, version: ModelVersionRow, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "version": version,
        "kind": version.kind,
        "live": versions.find_live(version.kind),
        "refusal": refusal,
    }
    if version.kind == REVENUE:
        context["vote"] = wording.measure(version.report.model("vote").metrics["accuracy"])
        context["majority"] = wording.rate(version.report.majority_rate)
    return render(request, "service_provider/model_promote.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promote")
def model_roll_back(request: HttpRequest) -> HttpResponse:
    """`?kind=segments` of another kind than the revenue type."""
    kind = request.GET.get("kind", REVENUE)
    if kind not in HOMES:
        raise Http404("There is no such kind of model.")
    refusal = ""
    if request.method == "POST":
        try:
            version_id = learning.roll_back(kind, by=actor(request), now=timezone.now())
        except learning.CannotPromote as reason:
            refusal = str(reason)
        else:
            messages.success(request, f"Version {_get(version_id).number} is in use again.")
            return redirect(_home(kind))
    target_id = versions.find_roll_back_target(kind)
    context = {
        "kind": kind,
        "home": _home(kind),
        "live": versions.find_live(kind),
        "target": versions.find_version(target_id) if target_id else None,
        "refusal": refusal,
    }
    return render(request, "service_provider/model_roll_back.html", context, status=409 if refusal else 200)


@require_safe
@needs("download")
def model_labelled(request: HttpRequest, version_id: int) -> HttpResponse:
    """The labelled rows a version was trained on, as CSV."""
    version = _get(version_id)
    file = learning.open_labelled(version_id, by=actor(request), now=timezone.now())
    if file is None:
        raise Http404("The labelled data of this version are not kept any more.")
    name = f"labelled-data-version-{version.number}.csv"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    return cast(HttpResponse, response)  # a streamed answer: Django's stubs call it no HttpResponse
