"""The audit log, for the provider alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from service_provider.dashboard.access import needs
from service_provider.dashboard.paging import page_number
from service_provider.queries import audit as log


@require_safe
@needs("see_audit")
def audit(request: HttpRequest) -> HttpResponse:
    params = request.GET.dict()
    context = {"page": log.list_entries(params, page_number(request)), "form": log.filter_form(params)}
    return render(request, "service_provider/audit.html", context)
