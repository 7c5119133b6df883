"""Tills: made by the provider, paired once by a link, revoked. Link and cookie exist in clear in one answer each."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from service_provider.models import Till
from service_provider.queries import tills as known
from service_provider.queries.access import CASHIER, Actor
from service_provider.services import audit

VALID_FOR = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewTill:
    id: int
    name: str
    mall: str
    token: str  # of its link


class TillRefused(Exception):
    """Why no till was made, paired or revoked, for people."""


def actor_of(till: known.TillRow) -> Actor:
    return Actor(label=f"till {till.name}", role=CASHIER)


@transaction.atomic
def make(name: str, mall: str, *, by: Actor, now: datetime) -> NewTill:
    """A till of one mall and the link that pairs its phone. TillRefused where a live one has that name."""
    if Till.objects.filter(name=name, revoked_at=None).exists():
        raise TillRefused("A till of this name is in use already. Choose another name, or revoke that till.")
    token = secrets.token_urlsafe(32)
    row = Till.objects.create(
        name=name,
        mall=mall,
        link_sha256=known.hash_of(token),
        link_until=now + VALID_FOR,
        by_label=by.label,
        created_at=now,
    )
    audit.record(by, "make_till", "till", row.pk, now=now, detail={"name": name, "mall": mall})
    return NewTill(row.pk, name, mall, token)


@transaction.atomic
def pair(token: str, *, now: datetime) -> str:
    """Uses the link up and returns the secret for the phone's cookie. TillRefused for a link that is used or over."""
    till = known.find_link(token, now=now)
    secret = secrets.token_urlsafe(32)
    unused = Till.objects.filter(pk=till.id if till else 0, cookie_sha256=None, revoked_at=None)
    if till is None or not unused.update(cookie_sha256=known.hash_of(secret), paired_at=now, seen_at=now):
        raise TillRefused(
            "This link was used before, or its time is over. Ask the mall's office for a new one."
        )
    audit.record(actor_of(till), "pair_till", "till", till.id, now=now, detail={"mall": till.mall})
    return secret


@transaction.atomic
def revoke(till_id: int, *, by: Actor, now: datetime, reason: str) -> None:
    """Ends a till for good, from its phone's next click on. TillRefused where it had ended before."""
    if not Till.objects.filter(pk=till_id, revoked_at=None).update(revoked_at=now):
        raise TillRefused("This till was revoked before.")
    audit.record(by, "revoke_till", "till", till_id, now=now, reason=reason)


def see(till_id: int, *, now: datetime) -> None:
    """Its phone is there; written at most once a minute."""
    late = Q(seen_at=None) | Q(seen_at__lte=now - SEEN_EVERY)
    Till.objects.filter(late, pk=till_id).update(seen_at=now)
