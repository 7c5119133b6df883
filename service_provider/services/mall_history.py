"""What a simulated mall has behind it, written into the ledger day by day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from engine.simulate.mall.catalogue import ProductRow
from service_provider.adapters.event_files.columns import Events
from service_provider.models import Order, Product, Visit
from service_provider.services import event_imports
from service_provider.services.event_imports import Recorded


@transaction.atomic
def record_day(events: Events, *, bots: Collection[str], paid: Mapping[str, int], now: datetime) -> Recorded:
    """The events of a day with what only a simulation knows of them; a day that is known changes nothing.

    `bots` are the keys of visits that machines made, `paid` says of orders with a discount what was paid, by key.
    """
    recorded = event_imports.record(events, now=now)
    Visit.objects.filter(key__in=bots).update(is_bot=True)
    for key, total_minor in paid.items():
        Order.objects.filter(key=key).update(total_minor=total_minor)
    return recorded


@transaction.atomic
def stock(products: Sequence[ProductRow], *, now: datetime) -> int:
    """Puts these products on sale and says how many are new; one that is there stays as somebody left it."""
    known = set(Product.objects.values_list("product_id", flat=True))
    new = [product for product in products if product.product_id not in known]
    Product.objects.bulk_create(
        [Product(**asdict(product), is_active=True, changed_at=now) for product in new], batch_size=500
    )
    return len(new)
