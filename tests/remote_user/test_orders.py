"""Checkout, the history of orders and cancelling, as the shopper sees them."""

import re
from datetime import timedelta
from typing import Any

import make
import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from service_provider.models import Order, Product
from service_provider.services import baskets

pytestmark = pytest.mark.django_db
URL = "/checkout/"


@pytest.fixture
def shoes(anna: Any) -> Product:
    """Two of the five shoes are in anna's basket."""
    product = make.product(stock=5)
    baskets.add(anna.shopper.key, "P1", quantity=2, now=timezone.now())
    return product


def fields(client: Client, **changes: str) -> dict[str, str]:
    """The form as the page gives it, with a payment chosen."""
    page = client.get(URL).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(token|agreed_minor)" value="([^"]+)"', page))
    return hidden | {"payment_method": "Credit Card"} | changes


def test_an_order_is_placed_and_shown(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    page = client.get(URL).content.decode()
    for said in ("Trail shoe", "€179.80", "simulated", "Cash", "Debit Card"):
        assert said in page, said
    answer = client.post(URL, fields(client))
    order = Order.objects.get()
    assert answer["Location"] == reverse("shop:order", args=[order.key])
    page = client.get(answer["Location"]).content.decode()
    for said in (
        "Your order is placed",
        "Trail shoe",
        "€179.80",
        "Credit Card (simulated)",
        "Cancel this order",
    ):
        assert said in page, said
    assert "You can cancel it until" in page
    assert order.key in client.get("/orders/").content.decode()


def test_a_double_click_makes_one_order(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    form = fields(client)
    first, second = client.post(URL, form), client.post(URL, form)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1
    assert "This order was placed already" in client.get(second["Location"]).content.decode()


def test_a_changed_price_is_shown_before_anything_is_bought(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    form = fields(client)
    Product.objects.update(price_minor=9990)
    page = client.post(URL, form).content.decode()
    assert "the total is €199.80 now" in page
    assert re.search(r'value="Credit Card"[^>]*checked', page), "what was chosen stays"
    assert not Order.objects.exists()
    again = dict(re.findall(r'type="hidden" name="(token|agreed_minor)" value="([^"]+)"', page))
    client.post(URL, again | {"payment_method": "Cash"})
    assert Order.objects.get().total_minor == 19980


def test_only_n_left(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    form = fields(client)
    Product.objects.update(stock=1)
    page = client.post(URL, form).content.decode()
    assert "Only 1 left of Trail shoe" in page
    assert "To the basket" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"payment_method": ""}, "This field is required"),
        ({"payment_method": "Coconuts"}, "not one of the available choices"),
        ({"token": "made up"}, "out of date"),
        ({"token": ""}, "This page is out of date"),
        ({"agreed_minor": "1"}, "the total is €179.80 now"),
        ({"agreed_minor": "much"}, "This page is out of date"),
    ],
)
def test_a_form_that_is_wrong_buys_nothing(
    anna: Any, shoes: Product, door: Any, changes: dict[str, str], said: str
) -> None:
    client = door(anna)
    page = client.post(URL, fields(client, **changes)).content.decode()
    assert said in page
    assert not Order.objects.exists()
    again = dict(re.findall(r'type="hidden" name="(token|agreed_minor)" value="([^"]+)"', page))
    client.post(URL, again | {"payment_method": "Cash"})
    assert Order.objects.exists(), "the page that says so can be sent"


def test_an_empty_basket_has_nothing_to_check_out(anna: Any, door: Any) -> None:
    assert "nothing in your basket" in door(anna).get(URL).content.decode()


def test_an_unconfirmed_email_is_led_to_its_page(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    form = fields(client)
    EmailAddress.objects.update(verified=False)
    page = client.get(URL).content.decode()
    assert "your e-mail has to be confirmed" in page
    assert "Place the order" not in page
    client.post(URL, form)
    assert not Order.objects.exists()


def test_nobody_is_asked_to_log_in_and_comes_back(door: Any) -> None:
    assert door(None).get(URL)["Location"] == "/account/login/?next=/checkout/"


def test_no_orders_yet_is_said_so(anna: Any, door: Any) -> None:
    assert "You have not ordered anything yet" in door(anna).get("/orders/").content.decode()


@pytest.mark.parametrize("name", ["order", "order-cancel"])
def test_an_order_is_its_shoppers_alone(anna: Any, bea: Any, door: Any, name: str) -> None:
    url = reverse(f"shop:{name}", args=[make.order(anna.shopper).key])
    assert door(anna).get(url).status_code == 200
    assert door(bea).get(url).status_code == 404
    assert door(None).get(url).status_code == 302
    assert "an-order" not in door(bea).get("/orders/").content.decode()


def test_another_cannot_cancel_it(anna: Any, bea: Any, door: Any) -> None:
    order = make.order(anna.shopper, placed_at=timezone.now())
    for user, status in ((bea, 404), (None, 302)):
        answer = door(user).post(reverse("shop:order-cancel", args=[order.key]))
        assert answer.status_code == status
    order.refresh_from_db()
    assert order.cancelled_ms is None


def test_cancelling_asks_first(anna: Any, shoes: Product, door: Any) -> None:
    client = door(anna)
    client.post(URL, fields(client))
    key = Order.objects.get().key
    url = reverse("shop:order-cancel", args=[key])
    assert "Cancel this order?" in client.get(url).content.decode()
    assert Order.objects.get().cancelled_ms is None
    page = client.post(url, follow=True).content.decode()
    assert "Your order is cancelled." in page
    assert "Cancel this order" not in page
    assert Product.objects.get().stock == 5
    assert "can be cancelled no more" in client.post(url, follow=True).content.decode()
    assert "cancelled already" in client.get(url).content.decode()


def test_after_half_an_hour_it_stays(anna: Any, door: Any) -> None:
    order = make.order(anna.shopper, placed_at=timezone.now() - timedelta(minutes=31))
    client = door(anna)
    assert "that time is over" in client.get(reverse("shop:order-cancel", args=[order.key])).content.decode()
    assert "You can cancel" not in client.get(reverse("shop:order", args=[order.key])).content.decode()


def test_an_imported_order_is_shown_without_its_payment(anna: Any, door: Any) -> None:
    make.order(anna.shopper, payment_method="", placed_at=timezone.now())
    client = door(anna)
    assert "not known" in client.get("/orders/").content.decode()
    assert "You can cancel" not in client.get("/orders/an-order/").content.decode()
