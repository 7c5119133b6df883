"""Ways to a product: by category, by mall, by words."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.queries import product_search, storefront
from service_provider.queries.page import number_of


@require_safe
def category(request: HttpRequest, category_slug: str) -> HttpResponse:
    aisles = storefront.categories()
    aisle = storefront.find_aisle(aisles, category_slug)
    if aisle is None:
        raise Http404("No such category.")
    sort, number = _asked(request)
    page = storefront.list_products(aisle, sort=sort, number=number)
    context = {"aisle": aisle, "aisles": aisles, "page": page, "sorts": storefront.SORTS, "sort": sort}
    return render(request, "remote_user/category.html", context)


@require_safe
def mall(request: HttpRequest, mall_slug: str) -> HttpResponse:
    aisle = storefront.find_aisle(storefront.malls(), mall_slug)
    if aisle is None:
        raise Http404("No such mall.")
    sort, number = _asked(request)
    page = storefront.list_products(mall=aisle, sort=sort, number=number)
    context = {"aisle": aisle, "page": page, "sorts": storefront.SORTS, "sort": sort}
    return render(request, "remote_user/mall.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    number = number_of(request.GET.get("page", "1"))
    result = product_search.search(request.GET.get("q", ""), number=number, now=timezone.now())
    return render(request, "remote_user/search.html", {"result": result, "page": result.page})


def _asked(request: HttpRequest) -> tuple[str, int]:
    """In what order and which page; what is not understood is as if it was not said."""
    sort = request.GET.get("sort", "")
    number = number_of(request.GET.get("page", "1"))
    return sort if sort in storefront.SORTS else next(iter(storefront.SORTS)), number
