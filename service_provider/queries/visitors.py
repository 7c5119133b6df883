"""Visitors: who stands behind a key, be it a shopper's own or that of somebody not yet known."""

from service_provider.models import Shopper


def get_key(shopper_id: int) -> str:
    """A shopper's key. One query on the primary key."""
    return Shopper.objects.values_list("key", flat=True).get(pk=shopper_id)


def resolve(key: str) -> int | None:
    """The shopper behind the key, or whose she turned out to be; None where nothing was kept of her yet."""
    found = Shopper.objects.filter(key=key).values_list("pk", "merged_into_id").first()
    return found and (found[1] or found[0])


def is_merged(key: str) -> bool:
    """Whether the key's visitor logged in since: what she has belongs to an account now."""
    return Shopper.objects.filter(key=key, merged_into__isnull=False).exists()


def find_own(key: str) -> int | None:
    """The row of a visitor who has not logged in since. What was merged is shown to its account alone."""
    return Shopper.objects.filter(key=key, merged_into=None).values_list("pk", flat=True).first()
