"""Data sets: brought, looked at, added to, and trained on."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from service_provider.dashboard import job_progress
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.paging import page_number
from service_provider.dashboard.training_forms import EntryForm, TrainForm, UploadForm
from service_provider.queries import data_sets as data_set_rows
from service_provider.queries import jobs as job_rows
from service_provider.queries.data_sets import DataSetRow
from service_provider.services import data_sets, jobs

KIND = "train_revenue"
RUNS = 10


def _get(data_set_id: int) -> DataSetRow:
    row = data_set_rows.find(data_set_id)
    if row is None:
        raise Http404("There is no such data set.")
    return row


@require_safe
@needs("see_dashboard")
def training(request: HttpRequest) -> HttpResponse:
    return _training_page(request, UploadForm())


def _training_page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    live = job_rows.find_live(live_key=KIND)
    context = {
        "form": form,
        "data_sets": data_set_rows.list_data_sets(number=page_number(request, "sets")),
        "page": job_rows.list_page(kinds=(KIND,), number=page_number(request), size=RUNS),
        "job": live,
        "shown": job_progress.shown(live, now=now) if live else None,
    }
    return render(request, "service_provider/training.html", context, status=status)


@require_POST
@needs("add_data")
def data_set_upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _training_page(request, form, status=400)
    file = form.cleaned_data["file"]
    name = Path(file.name)
    data_set_id = data_sets.add_upload(
        name.stem, file.chunks(), name.suffix, by=actor(request), now=timezone.now()
    )
    return redirect("provider:data-set", data_set_id)


@require_POST
@needs("add_data")
def data_set_built_in(request: HttpRequest) -> HttpResponse:
    added = data_sets.register_built_in(now=timezone.now())
    messages.success(
        request, f"{added} data sets were added." if added else "No further data set comes with this site."
    )
    return redirect("provider:training")


@require_safe
@needs("see_dashboard")
def data_set(request: HttpRequest, data_set_id: int) -> HttpResponse:
    return _data_set_page(request, _get(data_set_id))


def _data_set_page(
    request: HttpRequest, row: DataSetRow, form: TrainForm | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    preview = data_set_rows.preview(row)
    context = {
        "data_set": row,
        "preview": preview,
        "checks": data_set_rows.check_columns(preview),
        "form": form or TrainForm(labelled=preview.labelled),
        "entries": data_set_rows.list_newest_entries(row.id),
    }
    return render(request, "service_provider/data_set.html", context | more, status=status)


@require_POST
@needs("train")
def training_start(request: HttpRequest, data_set_id: int) -> HttpResponse:
    row = _get(data_set_id)
    form = TrainForm(request.POST, labelled=data_set_rows.preview(row, rows=0).labelled)
    if not form.is_valid():
        return _data_set_page(request, row, form, status=400)
    try:
        job_id = jobs.start(
            KIND,
            args={"data_set_id": row.id, "data_name": row.name} | form.wish(),
            by=actor(request),
            now=timezone.now(),
            live_key=KIND,
        )
    except jobs.AlreadyRunning as running:
        return _data_set_page(request, row, form, status=409, running_id=running.job_id, already_running=True)
    return redirect("provider:job", job_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add_data")
def data_set_delete(request: HttpRequest, data_set_id: int) -> HttpResponse:
    row = _get(data_set_id)
    if request.method != "POST":
        return render(request, "service_provider/data_set_delete.html", {"data_set": row})
    try:
        data_sets.delete_upload(data_set_id, by=actor(request), now=timezone.now())
    except data_sets.InUse as refusal:
        context = {"data_set": row, "refusal": str(refusal)}
        return render(request, "service_provider/data_set_delete.html", context, status=409)
    messages.success(request, f"{row.name} was deleted.")
    return redirect("provider:training")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add_data")
def entry_add(request: HttpRequest, data_set_id: int) -> HttpResponse:
    row = _get(data_set_id)
    form = EntryForm(request.POST or None, data_set=row)
    if request.method == "POST" and form.is_valid() and form.entry:
        try:
            data_sets.add_entry(row.id, form.entry, by=actor(request), now=timezone.now())
        except data_sets.EntryKnown as refusal:
            form.add_error("Tid", str(refusal))
        else:
            messages.success(request, f"Transaction {form.entry.tid} was added. The next training uses it.")
            return redirect("provider:data-set", row.id)
    status = 400 if form.errors else 200
    return render(request, "service_provider/entry_add.html", {"data_set": row, "form": form}, status=status)
