"""What the screens show, as files."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.queries.access import Refused
from service_provider.queries.downloads import UnknownDownload
from service_provider.services import downloads


# The type of a view is HttpResponse; a streamed answer is its sister class.
def _attachment(ready: downloads.Ready) -> HttpResponse:
    answer: FileResponse | StreamingHttpResponse
    if hasattr(ready.content, "read"):
        answer = FileResponse(ready.content, as_attachment=True, filename=ready.name)
    else:
        answer = StreamingHttpResponse(ready.content)
        answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=ready.name)
    answer["Content-Type"] = ready.content_type
    return cast(HttpResponse, answer)


@require_safe
@needs("download")
def download(request: HttpRequest, what: str, file_format: str) -> HttpResponse:
    try:
        taken = downloads.take(what, file_format, request.GET.dict(), by=actor(request), now=timezone.now())
    except UnknownDownload as unknown:
        raise Http404(f"There is no download {unknown}.") from unknown
    except Refused as refused:
        raise PermissionDenied(str(refused)) from refused
    if isinstance(taken, downloads.Queued):
        messages.info(
            request, "This is a large file. It is being made; the link appears here once it is ready."
        )
        return redirect("provider:job", taken.job_id)
    return _attachment(taken)


@require_safe
@needs("download")
def download_file(request: HttpRequest, job_id: int) -> HttpResponse:
    try:
        return _attachment(downloads.fetch(job_id, by=actor(request), now=timezone.now()))
    except UnknownDownload as unknown:
        raise Http404(f"There is no download {unknown}.") from unknown
    except Refused as refused:
        raise PermissionDenied(str(refused)) from refused
    except downloads.FileGone as gone:
        messages.error(request, str(gone))
        return redirect("provider:job", job_id)
