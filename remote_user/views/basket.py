"""The basket. Everything works with plain forms; what is refused is said, and what was typed stays."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from remote_user import visitor
from remote_user.access import needs
from remote_user.shop_forms import coupons
from remote_user.shop_forms.basket import ProductForm, QuantityForm
from service_provider.queries import baskets as kept
from service_provider.services import baskets


@require_safe
@needs("shop")
def basket(request: HttpRequest) -> HttpResponse:
    return _show(request)


@require_POST
@needs("shop")
def basket_add(request: HttpRequest) -> HttpResponse:
    form = QuantityForm(_with_one_piece(request))
    if not form.is_valid():
        return _show(request, adding=form)
    product_id, quantity = form.cleaned_data["product_id"], form.cleaned_data["quantity"]
    try:
        line = baskets.add(visitor.ensure_own(request), product_id, quantity=quantity, now=timezone.now())
    except baskets.BasketRefused as refusal:
        form.add_error("quantity", str(refusal))
        return _show(request, adding=form)
    messages.success(request, f"{line.title} is in your basket.")
    return redirect(_way_back(request))


@require_POST
@needs("shop")
def basket_change(request: HttpRequest) -> HttpResponse:
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return _show(request, changing=form)
    product_id, quantity = form.cleaned_data["product_id"], form.cleaned_data["quantity"]
    try:
        line = baskets.set_quantity(
            visitor.shopper_id(request), product_id, quantity=quantity, now=timezone.now()
        )
    except baskets.BasketRefused as refusal:
        form.add_error("quantity", str(refusal))
        return _show(request, changing=form)
    messages.success(request, f"{line.title}: {quantity} in your basket now.")
    return redirect("shop:basket")


@require_POST
@needs("shop")
def basket_remove(request: HttpRequest) -> HttpResponse:
    form = ProductForm(request.POST)
    is_gone = form.is_valid() and baskets.remove(visitor.shopper_id(request), form.cleaned_data["product_id"])
    messages.info(request, "It is out of your basket." if is_gone else "That was not in your basket.")
    return redirect("shop:basket")


@require_POST
@needs("shop")
def basket_coupon(request: HttpRequest) -> HttpResponse:
    form = coupons.UseForm(request.POST)
    if form.is_valid():
        coupons.change(request, form.cleaned_data["coupon_id"], use=form.cleaned_data["use"] == "yes")
    return redirect("shop:basket")


def _with_one_piece(request: HttpRequest) -> dict[str, str]:
    """A button without a field for the quantity means one piece."""
    return {"quantity": "1"} | request.POST.dict()


def _show(
    request: HttpRequest, *, adding: QuantityForm | None = None, changing: QuantityForm | None = None
) -> HttpResponse:
    """The basket; a form that was refused stands where it was filled in."""
    found = kept.get(visitor.shopper_id(request))
    typed = {changing["product_id"].value(): changing} if changing else {}
    lines = [
        (line, typed.pop(line.product_id) if line.product_id in typed else _form_of(line, number))
        for number, line in enumerate(found.lines)
    ]
    weighed = coupons.weigh(request, found)
    context = {
        "basket": found,
        "weighed": weighed,
        "lines": [(line, form, weighed.off_by_product.get(line.product_id, 0)) for line, form in lines],
        "adding": adding,
        "lost": next(iter(typed.values()), None),
    }
    return render(request, "remote_user/basket.html", context)


def _form_of(line: kept.Line, number: int) -> QuantityForm:
    return QuantityForm(name=f"line-{number}", product_id=line.product_id, quantity=line.quantity)


def _way_back(request: HttpRequest) -> str:
    """The page that she came from, if it says so and is ours; else the basket."""
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    return there if is_ours else "shop:basket"
