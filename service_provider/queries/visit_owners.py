"""Whose a visit is."""

from dataclasses import dataclass

from service_provider.models import Visit


@dataclass(frozen=True, slots=True)
class Owner:
    visit_id: int
    shopper_id: int
    person: str  # her key
    is_bot: bool


def get(visit_id: int) -> Owner:
    """One query. DoesNotExist."""
    return Owner(
        *Visit.objects.values_list("pk", "shopper_id", "shopper__key", "is_bot").get(pk=visit_id),
    )
