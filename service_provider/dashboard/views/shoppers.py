"""Shoppers with names and contacts: found, looked at, blocked, corrected. For the provider alone."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.office_forms import CorrectionForm, ReasonForm
from service_provider.dashboard.paging import page_number
from service_provider.queries.people import shoppers as known
from service_provider.services.people import shoppers

FORM_METHODS = ["GET", "HEAD", "POST"]


def _get(key: str) -> known.ShopperDetail:
    try:
        return known.get_shopper(key)
    except known.ShopperNotFound:
        raise Http404("No shopper has this key.") from None


@require_safe
@needs("see_people")
def shopper_list(request: HttpRequest) -> HttpResponse:
    params = request.GET.dict()
    context = {"page": known.list_shoppers(params, page_number(request)), "form": known.filter_form(params)}
    return render(request, "service_provider/shoppers.html", context)


@require_safe
@needs("see_people")
def shopper(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "service_provider/shopper.html", {"shopper": _get(key)})


@require_http_methods(FORM_METHODS)
@needs("correct_shopper")
def shopper_block(request: HttpRequest, key: str) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        shoppers.block(key, reason=form.cleaned_data["reason"], by=actor(request), now=timezone.now())
        messages.success(request, "Blocked: her next click logs her out.")
        return redirect("provider:shopper", key)
    return _ask(request, key, form, blocks=True)


@require_http_methods(FORM_METHODS)
@needs("correct_shopper")
def shopper_unblock(request: HttpRequest, key: str) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        shoppers.unblock(key, reason=form.cleaned_data["reason"], by=actor(request), now=timezone.now())
        messages.success(request, "Unblocked: she can log in again.")
        return redirect("provider:shopper", key)
    return _ask(request, key, form, blocks=False)


def _ask(request: HttpRequest, key: str, form: forms.Form, *, blocks: bool) -> HttpResponse:
    detail = _get(key)
    if (detail.row.blocked_at is not None) is blocks:
        messages.warning(request, "She is blocked already." if blocks else "She is not blocked.")
        return redirect("provider:shopper", key)
    return render(
        request, "service_provider/shopper_block.html", {"shopper": detail, "form": form, "blocks": blocks}
    )


@require_http_methods(FORM_METHODS)
@needs("correct_shopper")
def shopper_correct(request: HttpRequest, key: str) -> HttpResponse:
    detail = _get(key)
    row = detail.row
    present = shoppers.Correction(
        detail.first_name, detail.last_name, row.phone, row.country, row.state, row.city
    )  # fmt: skip
    form = CorrectionForm(
        request.POST or None, initial={name: getattr(present, name) for name in present.__slots__}
    )
    if not form.is_valid():
        return render(request, "service_provider/shopper_correct.html", {"shopper": detail, "form": form})
    given = dict(form.cleaned_data)
    reason = given.pop("reason")
    changed = shoppers.correct(
        key, shoppers.Correction(**given), reason=reason, by=actor(request), now=timezone.now()
    )
    messages.success(
        request, f"Corrected: {', '.join(changed).replace('_', ' ')}." if changed else "Nothing differed."
    )
    return redirect("provider:shopper", key)
