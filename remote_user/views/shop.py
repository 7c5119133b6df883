"""The shop's first page and the page of a product."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from remote_user import visitor
from service_provider.queries import storefront, wallet
from service_provider.queries.orders import milliseconds


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    current = wallet.list_current(visitor.shopper_id(request), now_ms=milliseconds(now))
    context = {"shown": storefront.home(now=now), "malls": storefront.malls(), "coupons": current}
    return render(request, "remote_user/home.html", context)


@require_safe
def product(request: HttpRequest, product_id: str) -> HttpResponse:
    found = storefront.find_product(product_id)
    if found is None:
        raise Http404("No such product.")
    context = {"product": found.product, "related": found.related}
    return render(request, "remote_user/product.html", context)
