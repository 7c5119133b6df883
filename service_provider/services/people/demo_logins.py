"""Log ins of the demo: their passwords are handed in from outside, shown there once, and kept as hashes only."""

from collections.abc import Mapping
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from service_provider.models import User
from service_provider.queries.access import COMMAND
from service_provider.services import audit


class NoSuchLogin(Exception):
    """The demo has not been loaded here; the text says so."""


def give(passwords: Mapping[str, str], *, now: datetime) -> None:
    """Sets the password of each user name, all or none; her e-mail counts as confirmed. NoSuchLogin."""
    hashed = {name: make_password(password) for name, password in passwords.items()}  # slow, so outside
    with transaction.atomic():
        for name, password in hashed.items():
            user = User.objects.filter(username=name).first()
            if user is None:
                raise NoSuchLogin(
                    f"There is no demo log in {name} here. Load the demo first: manage.py load_demo"
                )
            User.objects.filter(pk=user.pk).update(password=password)
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
        audit.record(COMMAND, "give_passwords", "demo", 1, now=now, detail={"names": sorted(passwords)})


def keep(passwords: Mapping[str, str], *, now: datetime) -> int:
    """As `give`, for those whose password is another one now; who is logged in with it stays so. Says how many."""
    known = dict(User.objects.filter(username__in=passwords).values_list("username", "password"))
    others = {
        name: password
        for name, password in passwords.items()
        if not check_password(password, known.get(name, ""))
    }
    if others:
        give(others, now=now)
    return len(others)
