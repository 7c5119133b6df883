"""Products are changed by hand, each change is written down, and nobody overwrites what she has not seen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.models import AuditEntry, Product
from service_provider.queries import catalogue as goods
from service_provider.queries.access import Actor
from service_provider.services import catalogue
from service_provider.services.catalogue import ProductValues

PETRA = Actor(label="petra", role="provider")
LATER = make.NOON + timedelta(hours=1)
SHOE = ProductValues("Trail shoe", "Shoes", "Kanyon", 8990, 3500, 12, is_active=True)


@pytest.fixture
def shoe(db: None) -> Product:
    return make.product()


def version(product: Product) -> str:
    product.refresh_from_db()
    return goods.version_of(product.changed_at)


def edit(product: Product, wanted: ProductValues, **given: Any) -> tuple[str, ...]:
    given = {"version": version(product), "by": PETRA, "now": LATER} | given
    return catalogue.edit(product.pk, wanted, **given)


def test_what_differs_is_written_and_audited_with_what_stood_before(shoe: Product) -> None:
    wanted = replace(SHOE, price_minor=9990, margin_bp=2575, is_active=False, title="Trail shoe II")
    assert edit(shoe, wanted) == ("title", "price_minor", "margin_bp", "is_active")
    shoe.refresh_from_db()
    assert (shoe.title, shoe.price_minor, shoe.margin_bp, shoe.is_active) == (
        "Trail shoe II",
        9990,
        2575,
        False,
    )
    assert (shoe.stock, shoe.changed_at) == (12, LATER)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_kind, entry.target_id) == ("edit_product", "product", "P1")
    assert entry.detail == {
        "title": {"before": "Trail shoe", "after": "Trail shoe II"},
        "price": {"before": "€89.90", "after": "€99.90"},
        "margin": {"before": "35.00 %", "after": "25.75 %"},
        "on sale": {"before": "yes", "after": "no"},
    }


def test_what_is_the_same_leaves_no_trace(shoe: Product) -> None:
    before = version(shoe)
    assert edit(shoe, SHOE) == ()
    assert version(shoe) == before
    assert not AuditEntry.objects.exists()


def test_the_second_editor_is_told_and_overwrites_nothing(shoe: Product) -> None:
    seen = version(shoe)
    edit(shoe, replace(SHOE, stock=11), version=seen)
    with pytest.raises(catalogue.ChangedMeanwhile):
        edit(shoe, replace(SHOE, title="Boot"), version=seen)
    shoe.refresh_from_db()
    assert (shoe.title, shoe.stock) == ("Trail shoe", 11)
    assert edit(shoe, replace(SHOE, title="Boot", stock=11)) == ("title",)


def test_two_edits_in_the_same_moment_are_two_versions(shoe: Product) -> None:
    edit(shoe, replace(SHOE, stock=11), now=make.NOON)
    first = version(shoe)
    edit(shoe, replace(SHOE, stock=10), now=make.NOON)
    assert version(shoe) != first


@pytest.mark.parametrize("nonsense", ["", "yesterday", "2026-05-20"])
def test_a_version_that_never_was_is_an_old_one(shoe: Product, nonsense: str) -> None:
    with pytest.raises(catalogue.ChangedMeanwhile):
        edit(shoe, replace(SHOE, stock=1), version=nonsense)


def test_a_product_that_is_gone(shoe: Product) -> None:
    seen = version(shoe)
    Product.objects.all().delete()
    with pytest.raises(catalogue.ProductNotFound):
        catalogue.edit(shoe.pk, SHOE, version=seen, by=PETRA, now=LATER)


# ---- the margin of a category -----------------------------------------------------------------------


def set_margin(category: str, margin_bp: int, expected: int) -> int:
    return catalogue.set_margin(category, margin_bp, expected=expected, by=PETRA, now=LATER)


def test_a_category_gets_one_margin(shoe: Product) -> None:
    make.product("P2", margin_bp=2000, is_active=False)
    make.product("P3", margin_bp=1000)
    toy = make.product("T1", category="Toys", margin_bp=2000)
    assert set_margin("Shoes", 1000, 2) == 2
    assert list(Product.objects.order_by("product_id").values_list("margin_bp", flat=True)) == [1000] * 3 + [
        2000
    ]
    assert Product.objects.filter(changed_at=LATER).count() == 2
    assert goods.find(toy.pk).margin == "20.00 %"  # type: ignore[union-attr]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_kind, entry.target_id) == ("set_margin", "category", "Shoes")
    assert entry.detail == {"margin": {"before": "20.00 % to 35.00 %", "after": "10.00 %"}, "products": 2}


def test_another_number_than_was_agreed_to_changes_nothing(shoe: Product) -> None:
    make.product("P2")
    with pytest.raises(catalogue.AnotherCount):
        set_margin("Shoes", 1000, 1)
    assert set(Product.objects.values_list("margin_bp", flat=True)) == {3500}
    assert not AuditEntry.objects.exists()


def test_a_margin_that_all_have_leaves_no_trace(shoe: Product) -> None:
    assert set_margin("Shoes", 3500, 0) == 0
    assert set_margin("No such category", 3500, 0) == 0
    assert not AuditEntry.objects.exists()


def test_an_open_form_knows_that_the_margin_was_set(shoe: Product) -> None:
    seen = version(shoe)
    set_margin("Shoes", 1000, 1)
    with pytest.raises(catalogue.ChangedMeanwhile):
        edit(shoe, SHOE, version=seen)
