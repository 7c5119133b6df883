"""What the overview's script asks for every two seconds: the live mall, as a piece of the page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from service_provider.dashboard.access import needs
from service_provider.dashboard.figures import live as figures
from service_provider.queries import mall
from service_provider.queries.reports import live as report


@require_safe
@needs("see_dashboard")
def live(request: HttpRequest) -> HttpResponse:
    """304 when nothing moved, which two queries find out."""
    now = timezone.now()
    etag = f'"{report.pulse(now=now)}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        settings = mall.get_settings()
        found = report.get(settings, now=now)
        etag = f'"{found.pulse}"'  # what is shown may be older than the look at the pulse
        shown = figures.shown(found, settings)
        piece = render_to_string("service_provider/_live.html", {"live": shown}, request)
        response = JsonResponse({"html": piece, "as_of": shown["as_of"], "said": figures.said(found)})
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
