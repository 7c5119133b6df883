"""A visitor fills her basket, logs in half-way, checks out, looks at her order and takes it back."""

from typing import Any

import make
import pytest

from service_provider.models import Order, Product

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_an_empty_basket_to_a_cancelled_order(visitor: Any, anna: Any) -> None:
    make.product("P1", title="Trail shoe", stock=5)
    visitor.go("/basket/")
    visitor.look("basket, empty")
    visitor.go("/shop/p/P1/")
    visitor.press("Add to basket")
    assert visitor.reads("Trail shoe is in your basket.")
    visitor.go("/basket/")
    visitor.fill(quantity="77")
    visitor.press("Change Trail shoe")
    visitor.go("/basket/")
    visitor.fill(quantity="9")
    visitor.press("Change Trail shoe")
    assert visitor.reads("Only 5 left of Trail shoe.")
    assert visitor.page.locator("main [name=quantity]").input_value() == "9"
    visitor.look("basket, refused")
    visitor.fill(quantity="2")
    visitor.press("Change Trail shoe")
    visitor.look("basket")
    visitor.follow("Check out")
    visitor.fill(login="anna", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/checkout/")
    visitor.look("checkout")
    visitor.page.get_by_label("Debit Card").check()
    visitor.press("Place the order")
    assert visitor.reads("Your order is placed")
    visitor.look("order")
    assert (Order.objects.get().shopper_id, Product.objects.get().stock) == (anna.shopper_id, 3)
    visitor.follow("Cancel this order")
    visitor.look("cancel")
    visitor.press("Cancel the order")
    assert visitor.reads("Your order is cancelled.")
    visitor.go("/orders/")
    visitor.look("orders")
    assert Product.objects.get().stock == 5
