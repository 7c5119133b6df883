"""Whose a visit is."""

from dataclasses import dataclass

from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Visit

_OWNER = Question(
    lambda visit_id: Visit.objects.filter(pk=visit_id).values_list(
        "pk", "shopper_id", "shopper__key", "is_bot", "carried"
    ),
    int,
)


@dataclass(frozen=True, slots=True)
class Owner:
    visit_id: int
    shopper_id: int
    person: str  # her key
    is_bot: bool
    carried: bytes | None = None  # a model's memory of the visit


def get(visit_id: int) -> Owner:
    """One query. DoesNotExist."""
    found = _OWNER.ask(visit_id)
    if not found:
        raise Visit.DoesNotExist(f"There is no visit {visit_id}.")
    ((visit, shopper, person, is_bot, carried),) = found
    return Owner(visit, shopper, person, bool(is_bot), None if carried is None else bytes(carried))
