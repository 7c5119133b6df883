"""Two at once: the last piece is sold once, the same form makes one order, a visitor is merged once."""

from collections.abc import Callable
from typing import Any

import make
import pytest
from at_once import race

from service_provider.models import BasketLine, Event, Order, Product, Shopper, Visit
from service_provider.queries.access import actor_of
from service_provider.services import baskets, intake, orders, visitors

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def order(user: Any, token: str, total: int) -> Callable[[], Any]:
    who = actor_of(user)
    return lambda: orders.place(token=token, payment_method="Cash", agreed_minor=total, by=who, now=make.NOON)


def test_the_last_piece_is_sold_once() -> None:
    make.product(stock=1, price_minor=100)
    people = [make.user(f"shopper-{number}") for number in range(AT_ONCE)]
    for user in people:
        baskets.add(user.shopper.key, "P1", quantity=1, now=make.NOON)
    ended = race(*(order(user, f"{number:032x}", 100) for number, user in enumerate(people)))
    refused = [one for one in ended if isinstance(one, orders.TooFewLeft)]
    assert (len(refused), Order.objects.count()) == (AT_ONCE - 1, 1), ended
    assert Product.objects.get().stock == 0
    assert BasketLine.objects.count() == AT_ONCE - 1, "who got nothing keeps her basket"
    assert Event.objects.count() == 2, "a checkout and a purchase, of the order that was placed"


def test_two_baskets_filled_in_other_orders_do_not_wait_for_each_other() -> None:
    products = ["P1", "P2", "P3"]
    for product_id in products:
        make.product(product_id, stock=50, price_minor=100)
    people = [make.user(f"shopper-{number}") for number in range(AT_ONCE)]
    for number, user in enumerate(people):
        for product_id in products[:: (-1) ** number]:
            baskets.add(user.shopper.key, product_id, quantity=1, now=make.NOON)
    ended = race(*(order(user, f"{number:032x}", 300) for number, user in enumerate(people)))
    assert all(isinstance(one, orders.Placed) for one in ended), ended
    assert set(Product.objects.values_list("stock", flat=True)) == {50 - AT_ONCE}


def test_a_double_click_is_one_order_on_two_connections() -> None:
    make.product(stock=10, price_minor=100)
    anna = make.user("anna")
    baskets.add(anna.shopper.key, "P1", quantity=2, now=make.NOON)
    ended = race(*[order(anna, "a" * 32, 200)] * AT_ONCE)
    assert sorted(one.is_new for one in ended) == [False] * (AT_ONCE - 1) + [True], ended
    assert (Order.objects.count(), Product.objects.get().stock) == (1, 8)


def test_an_order_is_cancelled_once() -> None:
    make.product(stock=10, price_minor=100)
    anna = make.user("anna")
    baskets.add(anna.shopper.key, "P1", quantity=2, now=make.NOON)
    key = order(anna, "a" * 32, 200)().key
    who = actor_of(anna)
    ended = race(*[lambda: orders.cancel(key, by=who, now=make.NOON)] * AT_ONCE)
    assert sum(isinstance(one, orders.TooLate) for one in ended) == AT_ONCE - 1, ended
    assert Product.objects.get().stock == 10


def test_adding_at_once_loses_no_piece() -> None:
    make.product(stock=50)
    add = [lambda: baskets.add("a-visitor", "P1", quantity=1, now=make.NOON)] * AT_ONCE
    ended = race(*add)
    assert BasketLine.objects.get().quantity == AT_ONCE, ended
    assert Shopper.objects.count() == 1


def test_a_visitor_who_clicks_while_she_logs_in_loses_nothing() -> None:
    make.product(stock=50)
    anna = make.user("anna")
    key = "a-visitor"
    visitors.ensure(key, now=make.NOON)
    sent = intake.Batch((intake.Sent("event-1", "page_view"), intake.Sent("event-2", "page_view")))
    ended = race(
        lambda: visitors.merge(key, anna.shopper_id, now=make.NOON),
        lambda: visitors.merge(key, anna.shopper_id, now=make.NOON),
        lambda: intake.record(sent, shopper_key=key, now_ms=1_779_278_400_000),
        lambda: baskets.add(key, "P1", quantity=1, now=make.NOON),
    )
    assert not [one for one in ended if isinstance(one, Exception)], ended
    assert sorted(ended[:2]) == [False, True]
    assert set(Visit.objects.values_list("shopper_id", flat=True)) == {anna.shopper_id}
    assert Event.objects.count() == 2
    assert list(BasketLine.objects.values_list("shopper_id", flat=True)) == [anna.shopper_id]
