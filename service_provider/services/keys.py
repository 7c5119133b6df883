"""Keys for machines: made, counted, revoked. The secret exists once, in the answer of `make`."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from service_provider.models import ApiKey
from service_provider.queries.access import Actor
from service_provider.queries.keys import SCOPES
from service_provider.services import audit

WINDOW = timedelta(minutes=1)
LIMIT = 600  # requests a key may make in one window
PREFIX_LENGTH = 12
TILL = "till"  # the scope that needs a mall


@dataclass(frozen=True, slots=True)
class NewKey:
    id: int
    name: str
    secret: str


class KeyRefused(Exception):
    """Why no key was made or revoked, for people."""


class TooMany(Exception):
    """The key has used up its window; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"At most {LIMIT} requests a minute for one key. Try again in {retry_after} s.")
        self.retry_after = retry_after


def sha256_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make(name: str, scopes: tuple[str, ...], *, by: Actor, now: datetime, mall: str = "") -> NewKey:
    """Makes a key of 256 random bits. KeyRefused where a live key has that name, a scope is unknown, or a till's key
    stands in no mall."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise KeyRefused("Choose what the key may do.")
    if TILL in scopes and not mall:
        raise KeyRefused("Choose the mall in which the till stands.")
    if ApiKey.objects.filter(name=name, revoked_at__isnull=True).exists():
        raise KeyRefused("A key of this name is in use already. Choose another name, or revoke that key.")
    secret = f"mall_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        sha256=sha256_of(secret),
        scopes=list(scopes),
        mall=mall,
        by_id=by.user_id,
        created_at=now,
    )
    audit.record(by, "make_key", "api_key", key.pk, now=now, detail=_told(name, scopes, mall))
    return NewKey(key.pk, name, secret)


def _told(name: str, scopes: tuple[str, ...], mall: str) -> dict[str, Any]:
    return {"name": name, "scopes": list(scopes)} | ({"mall": mall} if mall else {})


@transaction.atomic
def revoke(key_id: int, *, by: Actor, now: datetime, reason: str) -> None:
    """Ends a key for good, from its next request on. KeyRefused where it had ended before."""
    if not ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=now):
        raise KeyRefused("This key was revoked before.")
    audit.record(by, "revoke_key", "api_key", key_id, now=now, reason=reason)


def admit(key_id: int, *, now: datetime) -> None:
    """Counts one request of the key, in the database so that all workers agree. TooMany beyond the limit."""
    key = ApiKey.objects.filter(pk=key_id)
    counted = Q(window_at__gt=now - WINDOW, window_count__lt=LIMIT)
    if key.filter(counted).update(window_count=F("window_count") + 1):
        return
    over = Q(window_at__isnull=True) | Q(window_at__lte=now - WINDOW)
    if key.filter(over).update(window_at=now, window_count=1, last_used_at=now):
        return
    # Another worker may have opened the window between the two.
    if key.filter(counted).update(window_count=F("window_count") + 1):
        return
    opened = key.values_list("window_at", flat=True).first() or now
    left = (opened + WINDOW - now).total_seconds()
    raise TooMany(max(1, min(60, -int(-left // 1))))
