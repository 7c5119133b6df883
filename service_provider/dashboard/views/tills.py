"""Tills, for the provider: which there are, a new one with its link, the end of one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.paging import page_number
from service_provider.dashboard.till.forms import TillForm
from service_provider.dashboard.views.revoking import revoking
from service_provider.queries import tills as till_queries
from service_provider.services import tills

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@needs("manage_tills")
def till_list(request: HttpRequest) -> HttpResponse:
    page, now = till_queries.list_tills(page_number(request)), timezone.now()
    context = {"page": page, "rows": [(row, row.state(now)) for row in page.rows]}
    return render(request, "service_provider/tills.html", context)


@require_http_methods(FORM_METHODS)
@needs("manage_tills")
@never_cache
def till_add(request: HttpRequest) -> HttpResponse:
    """The link stands in this one answer and nowhere else, which is why there is no redirect after it."""
    form = TillForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = tills.make(given["name"], given["mall"], by=actor(request), now=timezone.now())
        except tills.TillRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            link = request.build_absolute_uri(reverse("till:pair", args=[made.token]))
            minutes = int(tills.VALID_FOR.total_seconds()) // 60
            context = {"made": made, "link": link, "minutes": minutes}
            return render(request, "service_provider/till_made.html", context)
    return render(request, "service_provider/till_add.html", {"form": form})


@require_http_methods(FORM_METHODS)
@needs("manage_tills")
def till_revoke(request: HttpRequest, till_id: int) -> HttpResponse:
    till = till_queries.find_live(till_id)
    if till is None:
        raise Http404("No such till, or it was revoked before.")
    return revoking(
        request,
        "service_provider/till_revoke.html",
        revoke=lambda reason: tills.revoke(till_id, by=actor(request), now=timezone.now(), reason=reason),
        refusal=tills.TillRefused,
        done=f"The till {till.name} is revoked: its phone is refused from now on.",
        then="provider:tills",
        context={"till": till},
    )
