"""Alarms: what stands, what stood, and a person's word that one may be closed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.paging import page_number
from service_provider.queries import alarms as rows
from service_provider.queries import mall
from service_provider.queries.access import may
from service_provider.queries.alarms import AlarmRow
from service_provider.queries.mall import MallSettings
from service_provider.services import alarms as service


@require_safe
@needs("see_dashboard")
def alarms(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    settings, page = mall.get_settings(), rows.list_page(number=page_number(request))
    context = {
        "page": page,
        "rows": [(row, _cost(row, settings)) for row in page.rows],
        "may_close": may(actor(request), "change_settings").allowed,
    }
    return render(request, "service_provider/alarms.html", context | more, status=status)


def _cost(row: AlarmRow, settings: MallSettings) -> str:
    return "cannot be said" if row.cost_minor is None else settings.money(row.cost_minor)


@require_POST
@needs("change_settings")
def alarm_close(request: HttpRequest, alarm_id: int) -> HttpResponse:
    if rows.find(alarm_id) is None:
        raise Http404("There is no such alarm.")
    try:
        closed = service.close(
            alarm_id, reason=request.POST.get("reason", ""), by=actor(request), now=timezone.now()
        )
    except service.NoReason as refusal:
        return _page(request, status=400, refusal=str(refusal), refused_id=alarm_id)
    messages.success(request, "The alarm is closed." if closed else "The alarm was closed before.")
    return redirect("provider:alarms")
