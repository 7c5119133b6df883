"""What a shopper changes about herself. The audit log is told which fields changed, never what they hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from service_provider.models import Account, Consent, Shopper, User
from service_provider.queries.access import Actor
from service_provider.queries.people import profile
from service_provider.queries.people.profile import Profile
from service_provider.services import audit, serving

OPTIONAL = (Consent.Purpose.ANALYTICS, Consent.Purpose.OFFERS)


@dataclass(frozen=True, slots=True)
class Contact:
    phone: str
    country: str
    state: str
    city: str
    gender: str
    birth_year: int | None


@dataclass(frozen=True, slots=True)
class Preferences:
    favourite_categories: list[str]
    favourite_malls: list[str]
    channels: list[str]
    coupon_mail: bool = False


@dataclass(frozen=True, slots=True)
class PreferencesOpening:
    """What the form of preferences is made of; without a model in use there is nothing to choose from yet."""

    profile: Profile
    categories: tuple[str, ...]
    malls: tuple[str, ...]


def open_preferences(by: Actor) -> PreferencesOpening:
    """The shopper's profile with the categories and malls that the model in use has learned."""
    kept = profile.get(by)
    try:
        learned = serving.get_loaded().card.choices
    except serving.NoModel:
        learned = {}
    return PreferencesOpening(kept, learned.get("category", ()), learned.get("shopping_mall", ()))


def take(by: Actor) -> tuple[User, Shopper]:
    """The actor's own rows, the user's locked until the transaction ends. NoShopper for anybody else."""
    user_id, shopper_id = profile.ids_of(by)
    return User.objects.select_for_update().get(pk=user_id), Shopper.objects.get(pk=shopper_id)


def edit(by: Actor, contact: Contact, *, now: datetime) -> None:
    """Keeps a shopper's own contact and person fields."""
    _change(by, "edit_profile", asdict(contact), now=now)


def prefer(by: Actor, preferences: Preferences, *, now: datetime) -> None:
    """Keeps a shopper's own preferences."""
    _change(by, "edit_preferences", asdict(preferences), now=now)


def _change(by: Actor, verb: str, values: Mapping[str, Any], *, now: datetime) -> None:
    with transaction.atomic():
        user, shopper = take(by)
        account = Account.objects.filter(user=user).first() or Account(user=user)
        changed = sorted(name for name, value in values.items() if getattr(account, name) != value)
        if not changed:
            return
        for name in changed:
            setattr(account, name, values[name])
        account.save()
        audit.record(by, verb, "shopper", shopper.key, now=now, detail={"fields": changed})


def answer_consent(by: Actor, answers: Mapping[str, bool], *, now: datetime) -> tuple[str, ...]:
    """Adds a row for each optional purpose whose answer differs from the one in force; returns those."""
    with transaction.atomic():
        user, shopper = take(by)
        in_force = profile.consents_in_force(by)
        changed = tuple(p for p in OPTIONAL if p in answers and answers[p] != in_force[p])
        rows = (Consent(user=user, purpose=p, granted=answers[p], at=now) for p in changed)
        Consent.objects.bulk_create(rows)
        if changed:
            detail = {str(p): answers[p] for p in changed}
            audit.record(by, "answer_consent", "shopper", shopper.key, now=now, detail=detail)
        return changed
