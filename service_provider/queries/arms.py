"""Under which key a shopper falls into a group: the one under which something was first decided on her.

So she stays where she is when she logs in: what was decided on a visitor moves to the person whom she turned out to be.
"""

from django.db.models.fields.json import KT

from service_provider.adapters.ledger.prepared import Question
from service_provider.models import Decision

_FIRST = Question(
    lambda shopper_id: (
        Decision.objects.filter(shopper_id=shopper_id)
        .order_by("at_ms")
        .values_list(KT("seen__case__person"))[:1]
    ),
    int,
)


def key_of(shopper_id: int, *, own: str) -> str:
    """Her own key before the first decision. One query."""
    return next((key for (key,) in _FIRST.ask(shopper_id) if key), own)
