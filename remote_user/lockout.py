"""What axes counts failed log ins by: the account and the address, together (docs/decisions/0031)."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from service_provider.queries.people import logins


def account_of(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The account meant, so that user name and e-mail in turn do not double the tries."""
    given = credentials or request.POST
    login = given.get("login") or given.get("username") or given.get("email") or ""
    return logins.account_name(str(login))


def address_of(request: HttpRequest) -> str | None:
    """The visitor's address as the trusted proxies tell it; of IPv6 the network, which is one visitor's."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = request.headers.get("x-forwarded-for", "").split(",") if proxies else []
    # Each proxy adds the address it saw at the end; what stands before those was written by the visitor.
    text = told[-proxies] if 0 < proxies <= len(told) else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:  # a Unix socket has none
        return None
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
