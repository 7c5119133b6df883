"""A catalogue that comes as a file: products are made or changed; those it does not name stay as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from itertools import islice
from typing import Self

from django.db import transaction

from service_provider.adapters.catalogue_files.columns import ProductRow
from service_provider.models import Product
from service_provider.queries.access import Actor
from service_provider.services import audit
from service_provider.services.catalogue import TICK

BATCH = 500
FIELDS = ("title", "category", "mall", "price_minor", "margin_bp", "stock", "is_active")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the rows: `added`, `changed`, or `known` and the same already."""

    added: int = 0
    changed: int = 0
    known: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(int.__add__, astuple(self), astuple(other)))


def record(rows: Sequence[ProductRow], name: str, *, by: Actor, now: datetime) -> Recorded:
    """Makes the catalogue say what the rows say, all or none of it. Each product stands in one row at most."""
    with transaction.atomic():
        recorded = sum((_record_batch(batch, now=now) for batch in _batches(rows)), Recorded())
        audit.record(by, "import_catalogue", "products", name[:64], now=now, detail=asdict(recorded))
    return recorded


def _batches(rows: Sequence[ProductRow]) -> Iterator[list[ProductRow]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _record_batch(batch: list[ProductRow], *, now: datetime) -> Recorded:
    held = Product.objects.select_for_update().filter(product_id__in=[row.product_id for row in batch])
    known = {product.product_id: product for product in held.order_by("pk")}
    new = [Product(**asdict(row), changed_at=now) for row in batch if row.product_id not in known]
    changed = [
        _overwrite(known[row.product_id], row, now=now)
        for row in batch
        if row.product_id in known and _differs(known[row.product_id], row)
    ]
    Product.objects.bulk_create(new)
    Product.objects.bulk_update(changed, [*FIELDS, "changed_at"])
    return Recorded(len(new), len(changed), len(batch) - len(new) - len(changed))


def _differs(product: Product, row: ProductRow) -> bool:
    return any(getattr(product, field) != getattr(row, field) for field in FIELDS)


def _overwrite(product: Product, row: ProductRow, *, now: datetime) -> Product:
    for field in FIELDS:
        setattr(product, field, getattr(row, field))
    product.changed_at = max(now, product.changed_at + TICK)  # whoever edits it now shall notice
    return product
