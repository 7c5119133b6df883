"""The mall's own settings, changed by the provider."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from service_provider.models import (
    Event,
    LabelledTransaction,
    Mall,
    OrderLine,
    Product,
    RevenuePrediction,
    Transaction,
)
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.mall import MallSettings
from service_provider.services import audit


class CurrencyFixed(Exception):
    """Prices are stored already, and the new currency counts another number of decimals."""

    def __init__(self, before: MallSettings, wanted: MallSettings) -> None:
        super().__init__(
            f"Prices are already stored in {before.currency}, which has {before.minor_digits} decimals, and "
            f"{wanted.currency} has {wanted.minor_digits}: every stored price would change its value. "
            "Choose a currency with the same number of decimals."
        )


@transaction.atomic
def update(wanted: MallSettings, *, by: Actor, now: datetime) -> tuple[str, ...]:
    """Puts the settings in force; the names of those that changed. CurrencyFixed where prices forbid it."""
    # Locked (where the database can) before it is compared, so that the audit log tells the true "before".
    Mall.objects.get_or_create(pk=1)
    Mall.objects.select_for_update().get(pk=1)
    before = mall.get_settings()
    old, new = asdict(before), asdict(wanted)
    changed = tuple(name for name in new if old[name] != new[name])
    if not changed:
        return ()
    if wanted.minor_digits != before.minor_digits and _has_prices():
        raise CurrencyFixed(before, wanted)
    Mall.objects.filter(pk=1).update(**new, changed_at=now)
    detail = {name: {"before": old[name], "after": new[name]} for name in changed}
    audit.record(by, "change_settings", "mall", 1, now=now, detail=detail)
    return changed


def _has_prices() -> bool:
    return any(
        kept.objects.exists()
        for kept in (RevenuePrediction, Transaction, LabelledTransaction, Product, Event, OrderLine)
    )
