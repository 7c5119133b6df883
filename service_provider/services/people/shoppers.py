"""What the provider does to a shopper's account: block, unblock, correct; each with a reason and audited."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from service_provider.models.people import Account, User
from service_provider.queries.access import Actor
from service_provider.services import audit, reasons


class ShopperNotFound(Exception):
    """No shopper with an account has this key."""


@dataclass(frozen=True, slots=True)
class Correction:
    first_name: str
    last_name: str
    phone: str
    country: str
    state: str
    city: str


_ON_USER = ("first_name", "last_name")


def _get(key: str) -> User:
    """The shopper's account, locked until the end of the transaction."""
    held = User.objects.select_for_update()
    user = held.filter(shopper__key=key, role=User.Role.SHOPPER).first()
    if user is None:
        raise ShopperNotFound(key)
    return user


@transaction.atomic
def block(key: str, *, reason: str, by: Actor, now: datetime) -> bool:
    """Shuts a shopper out from her next click on. False when she was blocked already."""
    reason = reasons.check(reason)
    changed = User.objects.filter(pk=_get(key).pk, blocked_at=None).update(
        blocked_at=now, blocked_reason=reason
    )
    if changed:
        audit.record(by, "block_shopper", "shopper", key, now=now, reason=reason)
    return bool(changed)


@transaction.atomic
def unblock(key: str, *, reason: str, by: Actor, now: datetime) -> bool:
    """Lets a blocked shopper in again. False when she was not blocked."""
    reason = reasons.check(reason)
    changed = User.objects.filter(pk=_get(key).pk, blocked_at__isnull=False).update(
        blocked_at=None, blocked_reason=""
    )
    if changed:
        audit.record(by, "unblock_shopper", "shopper", key, now=now, reason=reason)
    return bool(changed)


@transaction.atomic
def correct(key: str, correction: Correction, *, reason: str, by: Actor, now: datetime) -> tuple[str, ...]:
    """Writes the fields that differ and returns their names; the log keeps the names and never the values."""
    reason = reasons.check(reason)
    user = _get(key)
    account, _ = Account.objects.get_or_create(user=user)
    given = asdict(correction)
    changed = tuple(
        name for name in given if getattr(user if name in _ON_USER else account, name) != given[name]
    )
    for name in changed:
        setattr(user if name in _ON_USER else account, name, given[name])
    if changed:
        user.save(update_fields=_ON_USER)
        account.save(update_fields=[name for name in given if name not in _ON_USER])
        audit.record(
            by, "correct_shopper", "shopper", key, now=now, reason=reason, detail={"fields": list(changed)}
        )
    return changed
