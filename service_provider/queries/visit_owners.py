"""Whose a visit is."""

from dataclasses import dataclass

from service_provider.models import Visit


@dataclass(frozen=True, slots=True)
class Owner:
    visit_id: int
    shopper_id: int
    person: str  # her key
    is_bot: bool
    carried: bytes | None = None  # a model's memory of the visit


def get(visit_id: int) -> Owner:
    """One query. DoesNotExist."""
    rows = Visit.objects.values_list("pk", "shopper_id", "shopper__key", "is_bot", "carried")
    visit, shopper, person, is_bot, carried = rows.get(pk=visit_id)
    return Owner(visit, shopper, person, is_bot, None if carried is None else bytes(carried))
