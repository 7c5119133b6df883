"""A catalogue as a file: new products are made, others changed or left."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.adapters.catalogue_files.columns import ProductRow
from service_provider.models import AuditEntry, Product
from service_provider.queries.access import COMMAND
from service_provider.services import catalogue_imports
from service_provider.services.catalogue_imports import Recorded

pytestmark = pytest.mark.django_db
SHOE = ProductRow("P1", "Trail shoe", "Shoes", "Kanyon", 8990, 3500, 12, True)
TRAIN = replace(SHOE, product_id="P2", title="Wooden train", category="Toys")
LATER = make.NOON + timedelta(hours=1)


def record(*rows: ProductRow, now: Any = make.NOON) -> Recorded:
    return catalogue_imports.record(rows, "goods.csv", by=COMMAND, now=now)


def test_products_are_made() -> None:
    assert record(SHOE, TRAIN) == Recorded(added=2)
    product = Product.objects.get(product_id="P1")
    assert (product.title, product.category, product.mall) == ("Trail shoe", "Shoes", "Kanyon")
    assert (product.price_minor, product.margin_bp, product.stock) == (8990, 3500, 12)
    assert (product.is_active, product.changed_at) == (True, make.NOON)


def test_a_second_time_nothing_changes() -> None:
    record(SHOE, TRAIN)
    assert record(SHOE, TRAIN, now=LATER) == Recorded(known=2)
    assert set(Product.objects.values_list("changed_at", flat=True)) == {make.NOON}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Road shoe"}, {"category": "Toys"}, {"mall": ""}, {"price_minor": 1}, {"margin_bp": 0}, {"stock": 0},
        {"is_active": False},
    ],
)  # fmt: skip
def test_what_differs_is_changed(changes: dict[str, Any]) -> None:
    record(SHOE, TRAIN)
    assert record(replace(SHOE, **changes), now=LATER) == Recorded(changed=1)
    product = Product.objects.get(product_id="P1")
    assert {name: getattr(product, name) for name in changes} == changes
    assert product.changed_at == LATER
    assert Product.objects.get(product_id="P2").changed_at == make.NOON


def test_products_that_the_file_does_not_name_stay() -> None:
    record(SHOE)
    record(TRAIN)
    assert Product.objects.count() == 2


def test_ids_are_compared_byte_by_byte() -> None:
    assert record(SHOE, replace(SHOE, product_id="p1")) == Recorded(added=2)


def test_the_audit_log_has_one_line() -> None:
    record(SHOE, TRAIN)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_kind, entry.target_id) == ("import_catalogue", "products", "goods.csv")
    assert entry.detail == {"added": 2, "changed": 0, "known": 0}


def test_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_imports, "BATCH", 1)
    with pytest.raises(ValueError):
        record(SHOE, replace(TRAIN, stock="many"))
    assert not Product.objects.exists()
    assert not AuditEntry.objects.exists()
