"""Lock-outs after failed log ins: kept by account and address together, lifted by hand here."""

from dataclasses import dataclass
from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from service_provider.models.people import User
from service_provider.queries.access import Actor
from service_provider.services import audit


class NobodyThere(Exception):
    """Nobody has this user name or e-mail."""


@dataclass(frozen=True, slots=True)
class Lifted:
    lockouts: int  # addresses from which the account was shut out
    failures: int  # failed log ins forgotten


@transaction.atomic
def lift(login: str, *, address: str | None = None, by: Actor, now: datetime) -> Lifted:
    """Forgets the failed log ins of an account, whichever of its names they were typed under."""
    user = (
        User.objects.select_related("shopper")
        .filter(Q(username__iexact=login) | Q(email__iexact=login))
        .first()
    )
    if user is None:
        raise NobodyThere("Nobody has this user name or e-mail.")
    attempts = _attempts(user, address)
    counted = dict(attempts.order_by().values_list("ip_address").annotate(Sum("failures_since_start")))
    lifted = Lifted(sum(n >= settings.AXES_FAILURE_LIMIT for n in counted.values()), sum(counted.values()))
    for username, ip_address in set(attempts.values_list("username", "ip_address")):
        AxesProxyHandler.reset_attempts(username=username, ip_address=ip_address)
    kind, name = ("shopper", user.shopper.key) if user.shopper else ("staff", user.username)
    audit.record(
        by, "unlock", kind, name, now=now, detail={"lockouts": lifted.lockouts, "failures": lifted.failures}
    )
    return lifted


def _attempts(user: User, address: str | None) -> QuerySet[AccessAttempt]:
    attempts = AccessAttempt.objects.filter(
        Q(username__iexact=user.username) | Q(username__iexact=user.email)
    )
    return attempts.filter(ip_address=address) if address else attempts
