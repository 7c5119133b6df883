"""Checkout with a simulated payment, and the orders she placed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from remote_user.access import actor, needs
from remote_user.shop_forms import coupons
from remote_user.shop_forms.checkout import CheckoutForm
from service_provider.queries import baskets
from service_provider.queries import orders as known
from service_provider.queries.page import number_of
from service_provider.queries.people import addresses
from service_provider.services import orders

read_or_change = require_http_methods(["GET", "HEAD", "POST"])


@read_or_change
@needs("check_out")
def checkout(request: HttpRequest) -> HttpResponse:
    who = actor(request)
    weighed = coupons.weigh(request, baskets.get(who.shopper_id))
    form = CheckoutForm(request.POST if request.method == "POST" else None, weighed=weighed)
    if form.is_valid():
        try:
            placed = orders.place(**form.cleaned_data, by=who, now=timezone.now())
        except orders.OrderRefused as refusal:
            weighed = coupons.weigh(request, baskets.get(who.shopper_id))
            form.ask_again(str(refusal), weighed)
        else:
            said = "Thank you! Your order is placed." if placed.is_new else "This order was placed already."
            messages.success(request, said)
            return redirect("shop:order", order_key=placed.key)
    is_confirmed = addresses.is_confirmed(who.user_id)
    context = {"form": form, "basket": weighed.basket, "weighed": weighed, "is_confirmed": is_confirmed}
    return render(request, "remote_user/checkout.html", context)


@require_safe
@needs("own_orders")
def order_list(request: HttpRequest) -> HttpResponse:
    page = known.list_own(actor(request), number_of(request.GET.get("page", "1")))
    return render(request, "remote_user/orders.html", {"page": page})


@require_safe
@needs("own_orders")
def order(request: HttpRequest, order_key: str) -> HttpResponse:
    return render(request, "remote_user/order.html", {"order": _get(request, order_key)})


@read_or_change
@needs("own_orders")
def order_cancel(request: HttpRequest, order_key: str) -> HttpResponse:
    found = _get(request, order_key)
    if request.method != "POST":
        return render(request, "remote_user/order_cancel.html", {"order": found})
    try:
        again = orders.cancel(order_key, by=actor(request), now=timezone.now())
        more = " Its coupon can be used again." if again == 1 else " Its coupons can be used again."
        messages.success(request, "Your order is cancelled." + (more if again else ""))
    except orders.OrderRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("shop:order", order_key=order_key)


def _get(request: HttpRequest, order_key: str) -> known.OrderRow:
    found = known.find_own(actor(request), order_key, now=timezone.now())
    if found is None:
        raise Http404("No such order.")
    return found
