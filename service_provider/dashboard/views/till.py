"""The till's phone: a code and a basket in, what comes off before anything is used, redeemed, taken back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from service_provider.dashboard.till import forms
from service_provider.dashboard.till.door import counter_of, needs, open_for, till_of
from service_provider.queries import mall, tills
from service_provider.queries.tills import RedemptionRow
from service_provider.services import counter
from service_provider.services import tills as till_services
from service_provider.services.counter import NotUsable
from service_provider.services.wrong_codes import TooManyWrong

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@never_cache
@needs("use_till")
def sale(request: HttpRequest) -> HttpResponse:
    """The empty form; sent, it shows what the coupon takes off and holds it for this sale."""
    if request.method != "POST":
        again = request.GET.get("sale", "")  # of who went back: the coupon is held for this very sale
        return _page(request, forms.CodeForm(initial={"sale": again or forms.new_sale()}), _lines())
    if "more" in request.POST:
        return _page(
            request, forms.CodeForm(initial=request.POST.dict()), _lines(forms.with_more_lines(request.POST))
        )
    code, lines = forms.CodeForm(request.POST), _lines(request.POST)
    if not (code.is_valid() & lines.is_valid()):
        return _page(request, code, lines)
    sold = lines.sold()
    try:
        effect = counter.validate(
            code.cleaned_data["code"],
            sold,
            at=counter_of(request),
            sale=code.cleaned_data["sale"],
            now_ms=_now_ms(),
        )
    except (NotUsable, TooManyWrong) as refusal:
        return _page(request, code, lines, refusal)
    context = {
        "till": till_of(request),
        "effect": effect,
        "lines": list(zip(sold, effect.off_minor, strict=True)),
        "carried": forms.carried(request.POST),
        "sale": code.cleaned_data["sale"],
        "minutes": counter.HOLD_MINUTES,
    }
    return render(request, "service_provider/till_check.html", context)


@require_POST
@never_cache
@needs("use_till")
def redeem(request: HttpRequest) -> HttpResponse:
    code, lines = forms.CodeForm(request.POST), _lines(request.POST)
    if not (code.is_valid() & lines.is_valid()):
        return _page(request, code, lines)
    given = code.cleaned_data
    try:
        used = counter.redeem(
            given["code"], lines.sold(), at=counter_of(request), sale=given["sale"], now_ms=_now_ms()
        )
    except (NotUsable, TooManyWrong) as refusal:
        return _page(request, code, lines, refusal)
    messages.success(request, "The coupon is redeemed.")
    return redirect("till:redemption", used.redemption_id)


@require_safe
@never_cache
@needs("use_till")
def redemption(request: HttpRequest, redemption_id: int) -> HttpResponse:
    context = {"till": till_of(request), "row": _redemption(request, redemption_id)}
    return render(request, "service_provider/till_redemption.html", context)


@require_http_methods(FORM_METHODS)
@never_cache
@needs("use_till")
def take_back(request: HttpRequest, redemption_id: int) -> HttpResponse:
    row, at = _redemption(request, redemption_id), counter_of(request)
    form = forms.TakeBackForm(request.POST if request.method == "POST" else None)
    try:
        foreseen = counter.look_back(redemption_id, at=at, now_ms=_now_ms())
        if form.is_valid():
            why = form.cleaned_data["why"]
            back = counter.take_back(redemption_id, why=why, at=at, now_ms=_now_ms())
            lives = (
                "The coupon can be used again." if back.lives_again else "The coupon cannot be used again."
            )
            messages.success(request, f"The redemption is taken back. {lives}")
            return redirect("till:redemption", redemption_id)
    except NotUsable as refusal:
        messages.warning(request, str(refusal))
        return redirect("till:redemption", redemption_id)
    context = {"till": till_of(request), "row": row, "form": form, "foreseen": foreseen}
    return render(request, "service_provider/till_take_back.html", context)


@require_http_methods(FORM_METHODS)
@never_cache
def pair(request: HttpRequest, token: str) -> HttpResponse:
    """Open to whoever holds the link. It is used up by the button: a messenger that looks at links presses none."""
    till = tills.find_link(token, now=timezone.now())
    if till is None:
        return render(request, "service_provider/till_pair_closed.html", status=410)
    if request.method != "POST":
        return render(request, "service_provider/till_pair.html", {"till": till})
    try:
        secret = till_services.pair(token, now=timezone.now())
    except till_services.TillRefused:
        return render(request, "service_provider/till_pair_closed.html", status=410)
    response = redirect("till:sale")
    open_for(response, secret)
    return response


def _page(
    request: HttpRequest, code: forms.CodeForm, lines: forms.LinesForm, refusal: Exception | None = None
) -> HttpResponse:
    till = till_of(request)
    context: dict[str, Any] = {
        "till": till,
        "code": code,
        "lines": lines,
        "more": lines.total_form_count() < forms.MOST_LINES,
        "refusal": refusal,
        "recent": tills.list_redemptions(till.id),
    }
    return render(request, "service_provider/till_sale.html", context)


def _lines(data: Any = None) -> forms.LinesForm:
    return forms.lines_form(data, digits=mall.get_settings().minor_digits)


def _redemption(request: HttpRequest, redemption_id: int) -> RedemptionRow:
    row = tills.find_redemption(redemption_id, till_id=till_of(request).id)
    if row is None:
        raise Http404("This till has no such redemption.")
    return row


def _now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)
