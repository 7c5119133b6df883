"""Somebody looks around in the shop: what is trending, a category, a search with a slip, a product."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.utils import timezone

from engine.contracts import KINDS
from engine.simulate.mall.catalogue import catalogue
from service_provider.models import Event, Product, Shopper, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def goods(transactional_db: None) -> None:
    """Sixty of the demo's products, some of them looked at yesterday."""
    rows = catalogue().products[::33]
    fields = ("product_id", "title", "category", "mall", "price_minor", "margin_bp", "stock")
    Product.objects.bulk_create(
        Product(changed_at=timezone.now(), **{name: getattr(row, name) for name in fields}) for row in rows
    )
    make.product("out", title="A lamp that everybody wants and nobody has " * 3, stock=0)
    at = int((timezone.now() - timedelta(days=1)).timestamp() * 1000)
    somebody = Shopper.objects.create(key="somebody", created_at=timezone.now())
    visit = Visit.objects.create(key="yesterday", shopper=somebody, started_ms=at, last_ms=at)
    looked = {"visit": visit, "occurred_ms": at, "received_ms": at, "kind": KINDS.index("product_view")}
    Event.objects.bulk_create(
        Event(event_id=row.product_id, product_id=row.product_id, **looked) for row in rows[::10]
    )


def test_look_around(visitor: Any, goods: None) -> None:
    visitor.go("/")
    visitor.look("the shop")
    assert visitor.reads("Trending this week")
    visitor.page.get_by_role("navigation", name="Categories").get_by_role("link", name="Shoes").click()
    visitor.look("a category")
    visitor.follow("Cheapest first")
    visitor.page.get_by_role("searchbox").fill("lether loafers")
    visitor.page.get_by_role("button", name="Search").click()
    visitor.look("a search with a slip")
    visitor.page.locator(".product a").first.click()
    visitor.look("a product")
    assert visitor.page.get_by_role("navigation", name="You are here").get_by_text("Shoes").count() == 1
    visitor.page.locator(".product-page a").first.click()
    visitor.look("a mall")
    visitor.go("/shop/p/out/")
    visitor.look("a product that is sold out")
    visitor.go("/shop/search/?q=zebra+lamp")
    visitor.look("a search without hits")
    visitor.follow("lamp")
    assert visitor.reads("A lamp that everybody wants")
