"""Products changed by hand: one of them, or the margin of a whole category."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from service_provider.models import Product
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.catalogue import percent, version_of
from service_provider.services import audit

TICK = timedelta(microseconds=1)  # what tells two versions of a row apart at least


@dataclass(frozen=True, slots=True)
class ProductValues:
    """What may be changed of a product; its id may not."""

    title: str
    category: str
    mall: str
    price_minor: int
    margin_bp: int
    stock: int
    is_active: bool


class ProductNotFound(Exception):
    """There is no such product."""


class ChangedMeanwhile(Exception):
    """Somebody else saved the product after it was looked at; nothing was written."""


class AnotherCount(Exception):
    """The margin would change another number of products than was agreed to; nothing was written."""


@transaction.atomic
def edit(
    product_pk: int, wanted: ProductValues, *, version: str, by: Actor, now: datetime
) -> tuple[str, ...]:
    """Writes what differs and returns the names of it. ProductNotFound, ChangedMeanwhile.

    `version` is that of the row which the editor had before her.
    """
    row = Product.objects.select_for_update().filter(pk=product_pk).first()
    if row is None:
        raise ProductNotFound
    if version_of(row.changed_at) != version:
        raise ChangedMeanwhile
    new = asdict(wanted)
    changed = tuple(name for name in new if getattr(row, name) != new[name])
    if not changed:
        return ()
    values = {name: new[name] for name in changed} | {"changed_at": max(now, row.changed_at + TICK)}
    if not Product.objects.filter(pk=product_pk, changed_at=row.changed_at).update(**values):
        raise ChangedMeanwhile
    settings = mall.get_settings()
    detail = dict(_change(name, getattr(row, name), new[name], settings) for name in changed)
    audit.record(by, "edit_product", "product", row.product_id, now=now, detail=detail)
    return changed


def _change(name: str, before: Any, after: Any, settings: mall.MallSettings) -> tuple[str, dict[str, Any]]:
    """One change as the audit log tells it."""
    if name == "price_minor":
        return "price", {"before": settings.money(before), "after": settings.money(after)}
    if name == "margin_bp":
        return "margin", {"before": percent(before), "after": percent(after)}
    if name == "is_active":
        return "on sale", {"before": "yes" if before else "no", "after": "yes" if after else "no"}
    return name, {"before": before, "after": after}


@transaction.atomic
def set_margin(category: str, margin_bp: int, *, expected: int, by: Actor, now: datetime) -> int:
    """Gives all products of the category this margin and says how many it changed.

    AnotherCount unless they are `expected`, which is what the person was told before she agreed.
    """
    held = Product.objects.select_for_update().filter(category=category).exclude(margin_bp=margin_bp)
    rows = dict(held.order_by("pk").values_list("pk", "margin_bp"))
    if len(rows) != expected:
        raise AnotherCount
    if not rows:
        return 0
    newest = held.order_by("-changed_at").values_list("changed_at", flat=True)[0]
    changed = held.update(margin_bp=margin_bp, changed_at=max(now, newest + TICK))
    before = sorted({percent(margin) for margin in rows.values()})
    lowest, highest = percent(min(rows.values())), percent(max(rows.values()))
    was = lowest if len(before) == 1 else f"{lowest} to {highest}"
    detail = {"margin": {"before": was, "after": percent(margin_bp)}, "products": changed}
    audit.record(by, "set_margin", "category", category[:64], now=now, detail=detail)
    return changed
