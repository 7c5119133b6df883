"""Transactions that happened, uploaded as a file; predictions learn from them what came true."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.paging import page_number
from service_provider.queries import jobs
from service_provider.services import imports


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="At most 50 MB, with a header row.",
        allow_empty_file=True,  # the reader says better what an empty file lacks
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add_data")
def import_list(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        try:
            return redirect("provider:job", _start(request, form.cleaned_data["file"]))
        except imports.UploadRefused as refused:
            form.add_error("file", str(refused))
    page = jobs.list_page(kind=imports.TRANSACTIONS, number=page_number(request))
    status = 400 if form.errors else 200
    return render(request, "service_provider/imports.html", {"form": form, "page": page}, status=status)


def _start(request: HttpRequest, upload: "UploadedFile[bytes]") -> int:
    head = upload.read(imports.HEAD)
    upload.seek(0)
    return imports.start(
        imports.TRANSACTIONS,
        upload.name or "file",
        upload.size or 0,
        head,
        chunks=upload.chunks(),
        by=actor(request),
        now=timezone.now(),
    )
