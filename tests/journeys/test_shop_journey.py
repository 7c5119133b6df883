"""Somebody looks around in the shop and buys; the ledger then holds exactly what she clicked, as hers."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.utils import timezone
from told_events import QUEUE, Told, say_yes, settle, until

from engine.contracts import KINDS
from engine.simulate.mall.catalogue import catalogue
from service_provider.models import AuditEntry, Consent, Event, Order, Product, Shopper, Visit
from service_provider.services import visit_states

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


@pytest.fixture
def three_products(transactional_db: None) -> None:
    make.product("P1", title="Trail shoe", stock=5)
    make.product("P2", title="Road shoe", stock=5)
    make.product("T1", title="Wooden train", category="Toys", price_minor=2500, stock=5)


def look_around_and_fill(visitor: Any) -> Told:
    """As a visitor nobody knows; what she clicked."""
    say_yes(visitor)
    visitor.page.get_by_role("navigation", name="Categories").get_by_role("link", name="Shoes").click()
    visitor.page.get_by_role("link", name="Trail shoe").first.click()
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    visitor.page.get_by_role("link", name="Our Mall", exact=True).click()
    visitor.page.get_by_label("Search the shop").fill("train")
    visitor.page.get_by_role("button", name="Search", exact=True).click()
    visitor.page.wait_for_url("**/shop/search/**")
    visitor.page.get_by_role("link", name="Wooden train").first.click()
    visitor.fill(quantity="2")
    visitor.press("Add to basket")
    visitor.page.wait_for_url("**/basket/")
    return [
        ("page_view", ""), ("category_view", ""), ("product_view", "P1"), ("add_to_cart", "P1"), ("cart_view", ""),
        ("page_view", ""), ("search", ""), ("product_view", "T1"), ("add_to_cart", "T1"), ("cart_view", ""),
    ]  # fmt: skip


def log_in_to_check_out(visitor: Any) -> Told:
    visitor.follow("Check out")
    visitor.fill(login="anna", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/checkout/")
    return [("page_view", "")]


def buy(visitor: Any) -> Told:
    """The order's own events are written by the mall, before the page that follows is shown."""
    visitor.page.get_by_label("Debit Card").check()
    visitor.press("Place the order")
    visitor.page.wait_for_url("**/orders/*/")
    return [("checkout", ""), ("purchase", "P1"), ("purchase", "T1"), ("page_view", "")]


def is_as_folded_anew() -> bool:
    """Whether the state that is kept is the one that the log gives."""
    steps = visit_states.rebuild(until_ms=2**53, is_check=True)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return (end.value.visits, end.value.same) == (1, 1)


@pytest.mark.parametrize("road", ["whole", "cut while she logs in"])
def test_who_logs_in_half_way_and_buys_has_one_visit_of_exactly_her_clicks(
    visitor: Any, three_products: None, anna: Any, road: str
) -> None:
    Consent.objects.create(user=anna, purpose="analytics", granted=True, at=make.NOON)
    clicked = look_around_and_fill(visitor)
    if road == "whole":
        settle(visitor, clicked)
    else:  # what she did waits in the browser and comes under her name, beside what a beacon brought before
        visitor.page.route("**/capture/", lambda route: route.abort())
    clicked += log_in_to_check_out(visitor)
    if road != "whole":
        until(lambda: visitor.page.evaluate(QUEUE) > 0, visitor)
        visitor.page.unroute("**/capture/")
        visitor.page.evaluate("window.dispatchEvent(new Event('online'))")
    settle(visitor, clicked)
    clicked += buy(visitor)
    settle(visitor, clicked)

    row = Visit.objects.select_related("shopper").get()
    assert (row.shopper.key, row.event_count, row.is_buying) == ("key-anna", len(clicked), True)
    assert set(Event.objects.values_list("visit_id", flat=True)) == {row.pk}
    assert is_as_folded_anew()
    order = Order.objects.get()
    assert (order.shopper_id, order.visit_id, order.total_minor) == (anna.shopper_id, row.pk, 8990 + 2 * 2500)
    assert list(Product.objects.order_by("product_id").values_list("stock", flat=True)) == [4, 5, 3]
    assert AuditEntry.objects.filter(verb="merge_visitor").count() == 1
    assert Shopper.objects.filter(merged_into=anna.shopper).count() == 1
