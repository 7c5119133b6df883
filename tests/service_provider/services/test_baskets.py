"""What goes into a basket and what does not."""

from typing import Any

import make
import pytest

from service_provider.models import BasketLine, Product, Shopper
from service_provider.queries import baskets as kept
from service_provider.services import baskets, visitors

pytestmark = pytest.mark.django_db
KEY = "a-visitor"


def add(product_id: str = "P1", quantity: int = 1, *, key: str = KEY) -> kept.Line:
    return baskets.add(key, product_id, quantity=quantity, now=make.NOON)


def basket(key: str = KEY) -> kept.Basket:
    return kept.get(visitors.ensure(key, now=make.NOON))


def test_a_line_knows_its_price_and_sum() -> None:
    make.product(price_minor=8990)
    make.product("P2", price_minor=5, title="Button")
    add("P1", 2)
    add("P2", 3)
    lines = [(line.title, line.quantity, line.total_minor, line.problem) for line in basket().lines]
    assert lines == [("Trail shoe", 2, 17980, ""), ("Button", 3, 15, "")]
    assert (basket().total_minor, basket().pieces, basket().is_ready) == (17995, 5, True)


def test_adding_twice_adds_up() -> None:
    make.product()
    add(quantity=2)
    assert add(quantity=3).quantity == 5
    assert BasketLine.objects.count() == 1


@pytest.mark.parametrize("quantity", [0, -1, 100, 10**30])
def test_a_quantity_out_of_bounds_is_refused(quantity: int) -> None:
    make.product(stock=1000)
    with pytest.raises(baskets.WrongQuantity, match="1 to 99"):
        add(quantity=quantity)
    assert not Shopper.objects.exists(), "nothing was kept, so nobody was made"


def test_ninety_nine_is_the_most_however_it_is_reached() -> None:
    make.product(stock=1000)
    add(quantity=99)
    with pytest.raises(baskets.WrongQuantity):
        add()
    assert basket().pieces == 99


def test_not_more_than_is_in_stock() -> None:
    make.product(stock=3)
    add(quantity=2)
    with pytest.raises(baskets.TooFewLeft, match="Only 3 left of Trail shoe") as refusal:
        add(quantity=2)
    assert refusal.value.left == 3
    with pytest.raises(baskets.TooFewLeft):
        baskets.set_quantity(visitors.ensure(KEY, now=make.NOON), "P1", quantity=4, now=make.NOON)
    assert basket().pieces == 2


def test_sold_out_is_said_so() -> None:
    make.product(stock=0)
    with pytest.raises(baskets.TooFewLeft, match="Trail shoe is sold out"):
        add()


@pytest.mark.parametrize("product_id", ["gone", "never", "", "p1"])
def test_what_is_not_on_sale_is_refused(product_id: str) -> None:
    make.product("P1")
    make.product("gone", is_active=False)
    with pytest.raises(baskets.NotOnSale, match="not on sale"):
        add(product_id)


def test_fifty_products_fill_a_basket() -> None:
    for number in range(51):
        make.product(f"P{number}")
    for number in range(50):
        add(f"P{number}")
    with pytest.raises(baskets.BasketFull, match="50 products at most"):
        add("P50")
    assert add("P0").quantity == 2, "more of what is in is no further product"


def test_a_quantity_is_set_and_lines_go() -> None:
    make.product()
    make.product("P2")
    add("P1")
    add("P2")
    mine = visitors.ensure(KEY, now=make.NOON)
    assert baskets.set_quantity(mine, "P1", quantity=7, now=make.NOON).total_minor == 7 * 8990
    assert baskets.remove(mine, "P2") is True
    assert baskets.remove(mine, "P2") is False
    assert [(line.product_id, line.quantity) for line in basket().lines] == [("P1", 7)]
    assert baskets.clear(mine) == 1
    assert basket().lines == ()


def test_what_is_not_in_a_basket_cannot_be_changed(anna: Any) -> None:
    make.product()
    add()
    for nobody in (anna.shopper_id, None):
        with pytest.raises(baskets.NotInBasket):
            baskets.set_quantity(nobody, "P1", quantity=2, now=make.NOON)
        assert baskets.remove(nobody, "P1") is False
        assert baskets.clear(nobody) == 0
    assert basket().pieces == 1


def test_what_cannot_be_bought_any_more_is_marked() -> None:
    for product_id in ("P1", "P2", "P3"):
        make.product(product_id)
        add(product_id, 2)
    Product.objects.filter(product_id="P1").update(is_active=False)
    Product.objects.filter(product_id="P2").update(stock=1)
    Product.objects.filter(product_id="P3").update(stock=0)
    assert [line.problem for line in basket().lines] == [
        "This is no longer on sale.", "Only 1 left.", "This is sold out.",
    ]  # fmt: skip
    assert not basket().is_ready


def test_nobodys_basket_is_empty_and_not_ready() -> None:
    assert kept.get(None) == kept.Basket()
    assert not kept.Basket().is_ready
    assert kept.count_of_key("never-seen") == 0


def test_pieces_are_counted_for_a_visitor_until_she_logs_in(anna: Any) -> None:
    make.product()
    add(quantity=4)
    assert (kept.count_of_key(KEY), kept.count_of(anna.shopper_id)) == (4, 0)
    visitors.merge(KEY, anna.shopper_id, now=make.NOON)
    assert (kept.count_of_key(KEY), kept.count_of(anna.shopper_id)) == (0, 4)
