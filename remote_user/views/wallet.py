"""Coupons of a shopper or of a visitor: to use, used and past; a word on each, and putting one away."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from remote_user import visitor
from remote_user.access import actor, needs
from remote_user.shop_forms.wallet import RatingForm
from service_provider.queries import wallet as queries
from service_provider.queries.orders import milliseconds
from service_provider.queries.people import addresses
from service_provider.services import coupons


@require_safe
@needs("own_coupons")
def wallet(request: HttpRequest) -> HttpResponse:
    return _show(request)


@require_POST
@needs("own_coupons")
def wallet_rate(request: HttpRequest, coupon_id: int) -> HttpResponse:
    form = RatingForm(request.POST, coupon_id=coupon_id)
    if not form.is_valid():
        return _show(request, typed={coupon_id: form})
    if not coupons.rate(coupon_id, shopper_id=_owner(request), **form.cleaned_data):
        raise Http404("No such coupon.")
    messages.success(request, "Thank you. The mall reads it.")
    return redirect("shop:wallet")


@require_POST
@needs("own_coupons")
def wallet_dismiss(request: HttpRequest, coupon_id: int) -> HttpResponse:
    now_ms = milliseconds(timezone.now())
    is_away = coupons.dismiss(coupon_id, shopper_id=_owner(request), now_ms=now_ms)
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    place = "under Coupons" if is_ours else "in this list"
    said = f"It is not shown again; it stays {place}." if is_away else "That was done before."
    messages.info(request, said)
    return redirect(there if is_ours else "shop:wallet")


def _owner(request: HttpRequest) -> int:
    shopper_id = visitor.shopper_id(request)
    if shopper_id is None:
        raise Http404("No such coupon.")
    return shopper_id


def _show(request: HttpRequest, *, typed: dict[int, RatingForm] | None = None) -> HttpResponse:
    """The wallet; a form that was refused stands where it was filled in."""
    found = queries.get(visitor.shopper_id(request), now_ms=milliseconds(timezone.now()))
    given = typed or {}
    groups = {
        name: [(kept, given.get(kept.offer.coupon_id) or _form_of(kept)) for kept in getattr(found, name)]
        for name in ("live", "used", "past")
    }
    is_confirmed = addresses.is_confirmed(actor(request).user_id)
    context = {"wallet": found, "is_confirmed": is_confirmed, "most": queries.MOST, **groups}
    return render(request, "remote_user/wallet.html", context)


def _form_of(kept: queries.Kept) -> RatingForm:
    return RatingForm(coupon_id=kept.offer.coupon_id, kept=kept)
