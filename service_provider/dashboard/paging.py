"""Which page of a list was asked for."""

from django.http import HttpRequest

from service_provider.queries import page


def page_number(request: HttpRequest, name: str = "page") -> int:
    """`?page=`, or 1 where it is no page number at all."""
    return page.number_of(request.GET.get(name, "1"))
