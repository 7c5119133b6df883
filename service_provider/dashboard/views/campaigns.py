"""Campaigns: listed, looked at, made, edited, with what each would have done yesterday."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import tables, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.figures.coupons import campaigns as figures
from service_provider.dashboard.forms.campaigns import CampaignForm, initial_of
from service_provider.dashboard.paging import page_number
from service_provider.queries import campaign_preview, mall, segments
from service_provider.queries import campaigns as rows
from service_provider.queries.access import may
from service_provider.queries.campaigns import CampaignRow
from service_provider.services import campaigns as service

FORM_METHODS = ["GET", "HEAD", "POST"]
MONTH = timedelta(days=30)


@require_safe
@needs("see_dashboard")
def campaign_list(request: HttpRequest) -> HttpResponse:
    listing = rows.search(request.GET.dict(), page_number(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    context = {
        "listing": listing,
        "as_of": as_of,
        "may_manage": may(actor(request), "manage_campaigns").allowed,
        "table": figures.campaigns(listing.page.rows, as_of=as_of, mall=mall.get_settings()),
    }
    return render(request, "service_provider/campaigns.html", context)


def get(campaign_id: int) -> CampaignRow:
    row = rows.find(campaign_id, now=timezone.now())
    if row is None:
        raise Http404("There is no such campaign.")
    return row


@require_safe
@needs("see_dashboard")
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    now, settings, row = timezone.now(), mall.get_settings(), get(campaign_id)
    values = rows.find_values(campaign_id)
    assert values is not None
    days, as_of = rows.list_days(campaign_id), wording.moment(settings.local(now))
    live, promised = rows.live_coupons(campaign_id, now=now)
    asked = request.GET.get("preview") == "yesterday"
    context = {
        "campaign": row,
        "badge": figures.BADGES[row.state],
        "days": figures.days_of(row),
        "bar": figures.bar(row, settings),
        "chart": figures.by_day(days, as_of=as_of) if days else None,
        "live": live,
        "promised": settings.money(promised),
        "terms": figures.terms(values, rows.names(), segments.names(), settings),
        "as_of": as_of,
        "may_manage": may(actor(request), "manage_campaigns").allowed,
        "yesterday": _yesterday(values, campaign_id) if asked else None,
    }
    return render(request, "service_provider/campaign.html", context)


def _yesterday(values: Any, campaign_id: int | None) -> figures.Yesterday:
    found = campaign_preview.preview(values, campaign_id=campaign_id, now=timezone.now())
    return figures.yesterday(found, mall.get_settings())


# ---- making and editing -------------------------------------------------------------------------------


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_add(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, _form(_first_initial()), None)
    form = _form(_first_initial(), request.POST)
    if not form.is_valid():
        return _form_page(request, form, None, status=400)
    assert form.values is not None
    if "preview" in request.POST:
        return _form_page(request, form, None, yesterday=_yesterday(form.values, None))
    try:
        campaign_id = service.create(form.values, by=actor(request), now=timezone.now())
    except service.CampaignRefused as refusal:
        form.refuse(refusal)
        return _form_page(request, form, None, status=400)
    messages.success(request, f"{form.values.name} is a draft. It gives out nothing until it is published.")
    return redirect("provider:campaign", campaign_id)


def _first_initial() -> dict[str, Any]:
    today = mall.get_settings().local(timezone.now()).date()
    return {
        "starts_on": today, "ends_on": today + MONTH, "discount_kind": "percent", "depths": "10", "valid_days": 1,
        "audience": "everyone", "limit_per_shopper": 1, "cooldown_hours": 168, "overbooking": 1, "holdout": 0,
        "policy": "published_rule", "arm": 1, "rate": 20, "margin_floor": 0, "priority": 0, "restores_on_cancel": True,
    }  # fmt: skip


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    row = get(campaign_id)
    if request.method != "POST":
        return _form_page(request, _edit_form(row), row)
    form = _edit_form(row, request.POST)
    if not form.is_valid():
        return _form_page(request, form, row, status=400)
    assert form.values is not None
    if "preview" in request.POST:
        return _form_page(request, form, row, yesterday=_yesterday(form.values, campaign_id))
    return _save(request, form, row)


def _save(request: HttpRequest, form: CampaignForm, row: CampaignRow) -> HttpResponse:
    version, by = form.cleaned_data["version"], actor(request)
    assert form.values is not None
    try:
        changed = service.edit(row.id, form.values, version=version, by=by, now=timezone.now())
    except service.CampaignNotFound:
        raise Http404("There is no such campaign.") from None
    except service.CampaignRefused as refusal:
        form.refuse(refusal)
        return _form_page(request, form, row, status=400)
    except service.ChangedMeanwhile:
        return _collision_page(request, get(row.id), form)
    messages.success(request, f"{form.values.name} is saved." if changed else "Nothing differed.")
    return redirect("provider:campaign", row.id)


def _form(initial: dict[str, Any], given: Any = None, *, campaign_id: int | None = None) -> CampaignForm:
    return CampaignForm(given, initial=initial, mall=mall.get_settings(), campaign_id=campaign_id)


def _edit_form(row: CampaignRow, given: Any = None) -> CampaignForm:
    values = rows.find_values(row.id)
    assert values is not None
    initial = initial_of(values, mall.get_settings()) | {"version": row.version}
    return _form(initial, given, campaign_id=row.id)


def _collision_page(request: HttpRequest, row: CampaignRow, form: CampaignForm) -> HttpResponse:
    """What was typed stays in the form; saved once more, it takes the place of what stands there now."""
    typed = request.POST.copy()
    typed["version"] = row.version
    again = _edit_form(row, typed)
    again.is_valid()
    stands = _edit_form(row)
    differing: list[list[tables.Content]] = [
        [str(stands[name].label), _told(stands[name].value()), _told(again[name].value())]
        for name in stands.fields
        if name != "version" and _told(stands[name].value()) != _told(again[name].value())
    ]
    collision = tables.table("What differs", ("Field", "Stands there now", "You typed"), differing)
    return _form_page(request, again, row, status=409, collision=collision)


def _told(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, bool) or value in ("on", "True"):
        return "yes" if value else "no"
    return "nothing" if value in ("", None) else str(value)


def _form_page(
    request: HttpRequest,
    form: CampaignForm,
    row: CampaignRow | None,
    *,
    status: int = 200,
    yesterday: figures.Yesterday | None = None,
    collision: tables.Table | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "campaign": row,
        "yesterday": yesterday,
        "collision": collision,
        "editor": rows.find_editor(row) if row else "",
    }
    name = "service_provider/campaign_edit.html" if row else "service_provider/campaign_add.html"
    return render(request, name, context, status=status)
