"""Three doors for files: transactions, events and the catalogue; each upload becomes a job."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import import_doors
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.import_doors import Door
from service_provider.dashboard.paging import page_number
from service_provider.queries import jobs, mall
from service_provider.services import imports


class ImportForm(forms.Form):
    """One door's own form; its name comes with it, so that one page can hold several."""

    door = forms.CharField(widget=forms.HiddenInput)
    file = forms.FileField(
        help_text="At most 50 MB, with a header row.",
        allow_empty_file=True,  # the reader says better what an empty file lacks
        error_messages={"required": "Choose a file first."},
    )

    def __init__(self, door: Door, request: HttpRequest | None = None) -> None:
        super().__init__(
            request.POST if request else None,
            request.FILES if request else None,
            auto_id=f"{door.name}_%s",
            initial={"door": door.name},
        )
        self.fields["file"].label = f"{door.title}: {door.takes}"
        self.fields["file"].widget = forms.FileInput(attrs={"accept": door.accept})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add_data")
def import_list(request: HttpRequest) -> HttpResponse:
    sent = None
    if request.method == "POST":
        chosen = _get(request.POST.get("door", ""))
        sent = ImportForm(chosen, request)
        if sent.is_valid():
            try:
                return redirect("provider:job", _start(request, chosen, sent.cleaned_data["file"]))
            except imports.UploadRefused as refused:
                sent.add_error("file", str(refused))
    page = jobs.list_page(kinds=import_doors.KINDS, number=page_number(request))
    context = {
        "doors": [(door, _form(door, request, sent)) for door in import_doors.DOORS],
        "page": page,
        "lines": [(row, import_doors.find_of_job(row), import_doors.told(row)) for row in page.rows],
    }
    return render(request, "service_provider/imports.html", context, status=400 if sent else 200)


def _form(door: Door, request: HttpRequest, sent: ImportForm | None) -> ImportForm:
    """What was sent to this door, or a fresh form."""
    return sent if sent and request.POST.get("door", "") == door.name else ImportForm(door)


def _get(name: str) -> Door:
    door = import_doors.find(name)
    if door is None:
        raise Http404("There is no such door for files.")
    return door


def _start(request: HttpRequest, door: Door, upload: "UploadedFile[bytes]") -> int:
    head = upload.read(imports.HEAD)
    upload.seek(0)
    return imports.start(
        door.kind,
        upload.name or "file",
        upload.size or 0,
        head,
        chunks=upload.chunks(),
        by=actor(request),
        now=timezone.now(),
    )


@require_safe
@needs("add_data")
def import_example(request: HttpRequest, door: str) -> HttpResponse:
    """A small file that the door takes, in the mall's own currency."""
    text = _get(door).example(digits=mall.get_settings().minor_digits)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{door}-example.csv"
    )
    return answer
