"""The churn ladder: versions, how good each rung is, and what the model says of a visit."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from service_provider.dashboard import job_progress, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.figures import churn as figures
from service_provider.dashboard.figures import visits as visit_figures
from service_provider.dashboard.forms.churn import TrainForm
from service_provider.dashboard.paging import page_number
from service_provider.queries import jobs as job_rows
from service_provider.queries import learning as versions
from service_provider.queries import mall, risk, segments
from service_provider.queries.access import may
from service_provider.queries.learning import CHURN, ModelVersionRow
from service_provider.services import attention, jobs, learning
from service_provider.services import churn as service
from service_provider.services import risk as live_risk


@require_safe
@needs("see_dashboard")
def churn(request: HttpRequest) -> HttpResponse:
    return _page(request, TrainForm())


def _page(request: HttpRequest, form: TrainForm, *, status: int = 200, **more: Any) -> HttpResponse:
    version, settings = _asked(request), mall.get_settings()
    may_train, may_promote = (may(actor(request), verb).allowed for verb in ("train", "promote"))
    page = versions.list_lines(CHURN, number=page_number(request))
    job = job_rows.find_live(live_key=service.TRAIN)
    newest = next(iter(job_rows.list_newest(kind=service.TRAIN, limit=1)), None)
    context: dict[str, Any] = {
        "form": form,
        "version": version,
        "page": page,
        "versions": figures.versions(
            page.rows, candidate=versions.find_candidate(CHURN), mall=settings, may_promote=may_promote
        ),
        "may_train": may_train,
        "may_promote": may_promote,
        "may_roll_back": may_promote and versions.find_roll_back_target(CHURN) is not None,
        "job": job,
        "shown": job_progress.shown(job, now=timezone.now()) if job else None,
        "failed": newest if newest and newest.state == "failed" else None,
        "scored": _scored(settings),
    }
    if version:
        context |= _told(version, settings)
    return render(request, "service_provider/churn.html", context | more, status=status)


def _asked(request: HttpRequest) -> ModelVersionRow | None:
    """`?version=3`, else the one in use, else the newest."""
    text = request.GET.get("version", "")
    if text:
        found = versions.find_number(CHURN, int(text)) if text.isdecimal() and len(text) < 10 else None
        if found is None:
            raise Http404("There is no such version.")
        return found
    return versions.find_live(CHURN) or versions.find_newest(CHURN)


def _scored(settings: mall.MallSettings) -> Any:
    rows = risk.list_scored()
    return figures.scored(rows, mall=settings) if rows else None


def _told(version: ModelVersionRow, settings: mall.MallSettings) -> dict[str, Any]:
    report, as_of = version.report, wording.moment(settings.local(version.created_at))
    slope = report.calibration_slope
    return {
        "report": report,
        "as_of": as_of,
        "chosen_rung": figures.chosen(version),
        "shipped": figures.shipped(report),
        "ladder": figures.ladder(report, report.pooled, what="All moments"),
        "moments": list(figures.moments(report)),
        "gates": figures.gates(version.gates) if version.gates else None,
        "reliability": figures.reliability(report, as_of=as_of),
        "slope": f"{slope.value:.3f} ({slope.low:.3f} to {slope.high:.3f})" if slope else "",
        "confusion": figures.confusion(report),
        "segments": figures.segments(report, segments.names()) if report.segments else None,
        "why_not": "" if version.is_live else learning.why_not(version.id),
        "is_stale": version.is_live and live_risk.is_stale(version.created_at, now=timezone.now()),
        "chosen": f"version={version.number}",
    }


@require_POST
@needs("train")
def churn_train(request: HttpRequest) -> HttpResponse:
    form = TrainForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        job_id = service.start_training(**form.wish(), by=actor(request), now=timezone.now())
    except jobs.AlreadyRunning as running:
        return _page(request, form, status=409, already_running=True, running_id=running.job_id)
    return redirect("provider:job", job_id)


@require_safe
@needs("see_dashboard")
def visit(request: HttpRequest, visit_id: int) -> HttpResponse:
    """One visit's clicks with the weight that the net gives each, and its risk as it went on."""
    story = risk.find_visit(visit_id)
    if story is None:
        raise Http404("There is no such visit.")
    settings = mall.get_settings()
    standing = segments.find_standing(story.shopper_key, now=story.last)
    weighed = attention.weigh(story.state, standing) if story.state else None
    context = {
        "story": story,
        "started": wording.moment(settings.local(story.started)),
        "segment": segments.names().get(standing.segment, "not known"),
        "risks": visit_figures.risks(story, as_of=wording.moment(settings.local(timezone.now()))),
        "scores": visit_figures.scores(story, mall=settings),
        "clicks": visit_figures.clicks(story, weighed.weights if weighed else None, mall=settings),
        "weighed": weighed,
    }
    return render(request, "service_provider/visit.html", context)
