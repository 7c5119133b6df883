"""Which page of a list was asked for."""

from django.http import HttpRequest


def page_number(request: HttpRequest, name: str = "page") -> int:
    """`?page=`, or 1 where it is no page number at all."""
    asked = request.GET.get(name, "1")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else 1
