"""What the mall does by itself once a day: when, how it went, and a button to do it at once."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.forms.schedule import ScheduleForm
from service_provider.queries import jobs as job_rows
from service_provider.queries import schedules as rows
from service_provider.queries.schedules import ScheduleRow
from service_provider.services import jobs, schedules


def _get(kind: str) -> ScheduleRow:
    row = rows.find(kind, now=timezone.now())
    if row is None:
        raise Http404("No such work begins by itself.")
    return row


@require_safe
@needs("change_settings")
def schedule(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "rows": rows.list_all(now=now),
        "now": now,
        "has_worker": job_rows.is_worker_alive(now=now),
    }
    return render(request, "service_provider/schedule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("change_settings")
def schedule_change(request: HttpRequest, kind: str) -> HttpResponse:
    row = _get(kind)
    form = ScheduleForm(request.POST if request.method == "POST" else None, row=row)
    if request.method != "POST" or not form.is_valid():
        context = {"row": row, "form": form}
        status = 400 if form.errors else 200
        return render(request, "service_provider/schedule_change.html", context, status=status)
    changed = schedules.change(kind, **form.wish(), by=actor(request), now=timezone.now())
    messages.success(request, f"{row.title}: saved." if changed else "Nothing was changed.")
    return redirect("provider:schedule")


@require_POST
@needs("change_settings")
def schedule_start(request: HttpRequest, kind: str) -> HttpResponse:
    row = _get(kind)
    try:
        job_id = schedules.start_now(kind, by=actor(request), now=timezone.now())
    except jobs.AlreadyRunning as running:
        messages.info(request, f"{row.title} is under way already.")
        return redirect("provider:job", running.job_id) if running.job_id else redirect("provider:schedule")
    return redirect("provider:job", job_id)
