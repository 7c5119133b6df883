"""The shop's first page and the page of a product."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.queries import storefront


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    shown = storefront.home(now=timezone.now())
    return render(request, "remote_user/home.html", {"shown": shown, "malls": storefront.malls()})


@require_safe
def product(request: HttpRequest, product_id: str) -> HttpResponse:
    found = storefront.find_product(product_id)
    if found is None:
        raise Http404("No such product.")
    context = {"product": found.product, "related": found.related}
    return render(request, "remote_user/product.html", context)
