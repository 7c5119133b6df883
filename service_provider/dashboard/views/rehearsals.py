"""Rehearsals: policies compared in the simulated mall before a coin is spent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import job_progress
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.figures import rehearsals as figures
from service_provider.dashboard.forms.rehearsals import RehearsalForm
from service_provider.dashboard.paging import page_number
from service_provider.queries import jobs as job_rows
from service_provider.queries import mall
from service_provider.queries import rehearsals as rehearsal_rows
from service_provider.queries.access import may
from service_provider.queries.rehearsals import JOB_KIND, RehearsalRow
from service_provider.queries.reports import rehearsals as found
from service_provider.services import jobs, rehearsals


def _get(rehearsal_id: int) -> RehearsalRow:
    row = rehearsal_rows.find(rehearsal_id)
    if row is None:
        raise Http404("There is no such rehearsal.")
    return row


@require_safe
@needs("see_dashboard")
def rehearsal_list(request: HttpRequest) -> HttpResponse:
    page = rehearsal_rows.list_page(number=page_number(request))
    newest = next(iter(job_rows.list_newest(kind=JOB_KIND, limit=1)), None)
    context = {
        "page": page,
        "rehearsals": figures.listed(page.rows, mall=mall.get_settings()),
        "job": newest if newest and newest.is_live else None,
        "shown": job_progress.shown(newest, now=timezone.now()) if newest else None,
        "failed": newest if newest and newest.state == "failed" else None,
        "may_rehearse": may(actor(request), "rehearse").allowed,
    }
    return render(request, "service_provider/rehearsals.html", context)


@require_safe
@needs("see_dashboard")
def rehearsal(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    row, settings = _get(rehearsal_id), mall.get_settings()
    first = found.headline(row.report)
    context = {
        "rehearsal": row,
        "report": row.report,
        "verdict": found.verdict(row.report, money=lambda minor: settings.money(minor, finer=figures.FINER)),
        "sign": found.sign(first.gain) if first else 0,
        "table": figures.table(row.report, mall=settings),
        "charts": list(figures.charts(row, mall=settings)),
        "policies": [found.words(name) for name in row.settings.policies],
        "depth": f"{100 * row.settings.depth:g} %",
        "budget_rate": f"{100 * row.settings.budget_rate:g} %",
        "last_seed": row.settings.first_seed + row.settings.seeds - 1,
        "budget": settings.money(row.report.budget_minor),
        "chosen": f"rehearsal={row.id}",
        "may_rehearse": may(actor(request), "rehearse").allowed,
    }
    return render(request, "service_provider/rehearsal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("rehearse")
def rehearsal_add(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, RehearsalForm(initial=RehearsalForm.typed(_like(request))))
    form = RehearsalForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    try:
        job_id = rehearsals.start(form.settings(), by=actor(request), now=timezone.now())
    except jobs.AlreadyRunning as running:
        return _form_page(request, form, status=409, running_id=running.job_id)
    return redirect("provider:job", job_id)


def _like(request: HttpRequest) -> RehearsalRow | None:
    """`?like=3` begins with the settings of rehearsal 3."""
    text = request.GET.get("like", "")
    return rehearsal_rows.find(int(text)) if text.isdecimal() and len(text) < 10 else None


def _form_page(
    request: HttpRequest, form: RehearsalForm, *, status: int = 200, running_id: int | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "estimate": job_progress.about(rehearsal_rows.estimate_seconds(form.sketch())),
        "pace": rehearsal_rows.PACE,
        "already_running": status == 409,
        "running_id": running_id,
    }
    return render(request, "service_provider/rehearsal_add.html", context, status=status)
