"""Whose account a log in means."""

from allauth.account.models import EmailAddress

from service_provider.models import User

LONGEST = 150


def account_name(login: str) -> str:
    """The user name behind what was typed, be it name or e-mail; what belongs to nobody stands for itself."""
    login = login.strip().replace("\0", "")
    for found in (
        User.objects.filter(username__iexact=login).values_list("username", flat=True),
        User.objects.filter(email__iexact=login).values_list("username", flat=True),
        EmailAddress.objects.filter(email__iexact=login).values_list("user__username", flat=True),
    ):
        if name := found.first():
            return str(name)
    return login.lower()[:LONGEST]
