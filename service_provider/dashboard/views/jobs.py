"""One job: how far it is, how it ended, and the button that stops it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import import_doors, job_progress
from service_provider.dashboard.access import actor, needs
from service_provider.queries import jobs as job_rows
from service_provider.queries.jobs import JobRow
from service_provider.services import jobs


def _get(job_id: int) -> JobRow:
    row = job_rows.find(job_id)
    if row is None:
        raise Http404("There is no such job.")
    return row


@require_safe
@needs("see_dashboard")
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    row, now = _get(job_id), timezone.now()
    context = {
        "job": row,
        "shown": job_progress.shown(row, now=now),
        "door": import_doors.find_of_job(row),
        "told": import_doors.told(row),
        "stays": import_doors.find_stays(row),
        "may_cancel": row.is_live and not row.cancel_asked and job_rows.may_cancel(row, actor(request)),
        "no_worker": row.state == "queued" and not job_rows.is_worker_alive(now=now),
    }
    return render(request, "service_provider/job.html", context)


@require_safe
@needs("see_dashboard")
def job_state(request: HttpRequest, job_id: int) -> HttpResponse:
    """What the page's script asks for; 304 when nothing moved."""
    row = _get(job_id)
    etag = job_progress.etag(row)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = JsonResponse(job_progress.shown(row, now=timezone.now()).to_json())
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@needs("see_dashboard")
def job_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    row = _get(job_id)
    if not job_rows.may_cancel(row, actor(request)):
        raise PermissionDenied("Only the provider and whoever started the work can cancel it.")
    if request.method != "POST" and row.is_live:
        return render(request, "service_provider/job_cancel.html", {"job": row})
    if request.method == "POST" and jobs.ask_cancel(job_id, by=actor(request), now=timezone.now()):
        messages.success(request, "The work stops at its next step.")
    elif not row.is_live:
        messages.info(request, "The work had ended already.")
    return redirect("provider:job", job_id)
