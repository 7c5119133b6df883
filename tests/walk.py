"""Every door of the site, found by asking the resolver, so that none can be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

FOREIGN = ("admin", "account_", "mfa_")
"""Doors that Django and allauth bring; the tables of this house name only its own."""


@dataclass(frozen=True, slots=True)
class Door:
    name: str  # with its namespace: provider:shopper-block
    arguments: tuple[str, ...]
    view: Any

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={a: values[a] for a in self.arguments})

    @property
    def is_foreign(self) -> bool:
        return self.name.startswith(FOREIGN)


def doors(
    resolver: URLResolver | None = None, prefix: str = "", given: tuple[str, ...] = ()
) -> Iterator[Door]:
    """All named URL patterns below `resolver`, by default the whole site."""
    resolver = resolver or get_resolver()
    for pattern in resolver.url_patterns:
        arguments = given + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from doors(pattern, space, arguments)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Door(prefix + pattern.name, arguments, pattern.callback)
