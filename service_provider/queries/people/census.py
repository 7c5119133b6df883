"""Who lives here: whether anybody has an account yet, and the accounts of some names without anything personal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from service_provider.models.people import Consent, User
from service_provider.queries.access import Actor, actor_of


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """An account as far as visits may need it: the shopper's key, what she told of herself, and since when."""

    username: str
    key: str
    gender: str  # may be empty
    birth_year: int | None
    came_at: datetime


def is_uninhabited() -> bool:
    return not User.objects.exists()


def with_account(keys: Collection[str]) -> frozenset[str]:
    """Which of these shoppers' keys belong to somebody who has an account. One query."""
    found = User.objects.filter(shopper__key__in=list(keys)).values_list("shopper__key", flat=True)
    return frozenset(found)


def list_watched(usernames: Sequence[str]) -> tuple[Inhabitant, ...]:
    """The accounts of these names whose visits may be looked at, in the order of the names. One query."""
    answers = Consent.objects.filter(user=OuterRef("pk"), purpose=Consent.Purpose.ANALYTICS)
    newest = answers.order_by("-at", "-pk").values("granted")[:1]
    found = (
        User.objects.filter(username__in=usernames, shopper__isnull=False)
        .annotate(is_watched=Subquery(newest))
        .filter(is_watched=True)
        .values_list("username", "shopper__key", "account__gender", "account__birth_year", "date_joined")
    )
    by_name = {
        name: Inhabitant(name, key, gender or "", year, came_at) for name, key, gender, year, came_at in found
    }
    return tuple(by_name[name] for name in usernames if name in by_name)


def find_actors(usernames: Collection[str]) -> dict[str, tuple[Actor, datetime]]:
    """Those of these names who are here, and since when. One query."""
    return {
        user.username: (actor_of(user), user.date_joined)
        for user in User.objects.filter(username__in=usernames)
    }
