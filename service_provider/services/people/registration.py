"""A shopper comes: user, account, key and first answers are made together or not at all."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from service_provider.models import Account, Consent, Shopper, User
from service_provider.queries.access import actor_of
from service_provider.services import audit


@dataclass(frozen=True, slots=True)
class NewShopper:
    username: str
    email: str
    password: str
    phone: str
    country: str
    state: str
    city: str
    analytics: bool = False
    offers: bool = False


class Taken(Exception):
    """Somebody else has this `field` ("username" or "email") already."""

    def __init__(self, field: str) -> None:
        super().__init__(f"This {field} is taken.")
        self.field = field


def register(new: NewShopper, *, now: datetime) -> User:
    """Makes the user that allauth goes on with; Taken where name or e-mail belong to somebody."""
    password = make_password(new.password)  # slow on purpose, so not inside the transaction
    try:
        with transaction.atomic():
            _check_free(new)
            return _make(new, password, now=now)
    except IntegrityError:
        _check_free(new)  # another process was quicker: say which of the two it took
        raise


def _check_free(new: NewShopper) -> None:
    if User.objects.filter(username__iexact=new.username).exists():
        raise Taken("username")
    if User.objects.filter(email__iexact=new.email).exists():
        raise Taken("email")


def _make(new: NewShopper, password: str, *, now: datetime) -> User:
    shopper = Shopper.objects.create(key=secrets.token_hex(8), created_at=now)
    user = User.objects.create(
        username=new.username,
        email=new.email,
        password=password,
        role=User.Role.SHOPPER,
        shopper=shopper,
        date_joined=now,
    )
    Account.objects.create(user=user, phone=new.phone, country=new.country, state=new.state, city=new.city)
    answers = {
        Consent.Purpose.NECESSARY: True,
        Consent.Purpose.ANALYTICS: new.analytics,
        Consent.Purpose.OFFERS: new.offers,
    }
    Consent.objects.bulk_create(
        Consent(user=user, purpose=purpose, granted=granted, at=now) for purpose, granted in answers.items()
    )
    audit.record(actor_of(user), "register", "shopper", shopper.key, now=now)
    return user
