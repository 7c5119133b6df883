"""Coupons in the basket and at checkout, as the shopper sees them."""

import re
from typing import Any

import coupon_makers as made
import make
import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from shop_events import DAY

from service_provider.models import Coupon, Order
from service_provider.queries.orders import milliseconds
from service_provider.services import baskets, coupons

pytestmark = pytest.mark.django_db
CHECKOUT, BASKET, CHOICE = "/checkout/", "/basket/", "/basket/coupon/"


@pytest.fixture
def coupon(anna: Any) -> Coupon:
    """Two shoes are in anna's basket, and five euros off shoes in her wallet."""
    make.product(stock=5)
    now = timezone.now()
    baskets.add(anna.shopper.key, "P1", quantity=2, now=now)
    issued = made.issued(made.campaign(), anna.shopper, expires_ms=milliseconds(now) + DAY)
    return Coupon.objects.get(pk=issued.coupon_id)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def fields(page: str, **changes: str) -> dict[str, str]:
    """The form as the page gives it, with a payment chosen."""
    hidden = re.findall(r'type="hidden" name="(token|agreed_minor|coupon_ids)"(?: value="([^"]*)")?', page)
    return dict(hidden) | {"payment_method": "Cash"} | changes


def test_basket_checkout_and_order_show_what_comes_off(anna: Any, coupon: Coupon, door: Any) -> None:
    client = door(anna)
    for path in (BASKET, CHECKOUT):
        page = text(client, path)
        for said in ("10 % off Shoes, at most €5.00", "€5.00", "€179.80", "€174.80"):
            assert said in page, (path, said)
    answer = client.post(CHECKOUT, fields(text(client, CHECKOUT)))
    page = text(client, answer["Location"])
    for said in ("Before coupons", "€179.80", "−€5.00", "€174.80", "€5.00 of it off"):
        assert said in page, said
    coupon.refresh_from_db()
    assert (coupon.state, Order.objects.get().discount_minor) == ("redeemed", 500)


def test_she_may_leave_it_out_and_take_it_back(anna: Any, coupon: Coupon, door: Any) -> None:
    client = door(anna)
    client.post(CHOICE, {"coupon_id": coupon.pk, "use": "no"})
    page = text(client, BASKET)
    assert "You left it out" in page
    assert "€174.80" not in page
    client.post(CHOICE, {"coupon_id": coupon.pk, "use": "yes"})
    assert "€174.80" in text(client, BASKET)
    client.post(CHOICE, {"coupon_id": coupon.pk, "use": "no"})
    client.post(CHECKOUT, fields(text(client, CHECKOUT)))
    coupon.refresh_from_db()
    assert (Order.objects.get().total_minor, coupon.state) == (17_980, "issued")


@pytest.mark.parametrize(
    "sent", [{}, {"coupon_id": "x", "use": "no"}, {"coupon_id": "1", "use": "maybe"}], ids=str
)
def test_a_choice_that_is_not_understood_changes_nothing(
    anna: Any, coupon: Coupon, door: Any, sent: dict[str, str]
) -> None:
    client = door(anna)
    assert client.post(CHOICE, sent).status_code == 302
    assert "€174.80" in text(client, BASKET)


def test_without_a_confirmed_e_mail_it_waits(anna: Any, coupon: Coupon, door: Any) -> None:
    EmailAddress.objects.update(verified=False)
    page = text(door(anna), BASKET)
    assert "confirm your e-mail to use it: it takes €5.00 off" in page
    assert "€174.80" not in page


def test_a_coupon_used_at_a_till_meanwhile_refuses_the_order_in_words(
    anna: Any, coupon: Coupon, door: Any
) -> None:
    client = door(anna)
    seen = fields(text(client, CHECKOUT))
    coupons.redeem(coupon.code, made.SHOES, at=coupons.At("a till"), now_ms=coupon.issued_ms)
    page = client.post(CHECKOUT, seen).content.decode()
    assert "This coupon has been used already. Your order was not placed" in page
    assert not Order.objects.exists()
    client.post(CHECKOUT, fields(page))
    assert Order.objects.get().total_minor == 17_980


@pytest.mark.parametrize("wrong", ["x", "1;2", "-1", "0", "1,,2", "9" * 30])
def test_wrong_numbers_of_coupons_are_an_old_page(anna: Any, coupon: Coupon, door: Any, wrong: str) -> None:
    client = door(anna)
    page = client.post(CHECKOUT, fields(text(client, CHECKOUT), coupon_ids=wrong)).content.decode()
    assert "This page is out of date" in page
    assert not Order.objects.exists()


def test_cancelling_says_beforehand_and_afterwards_what_becomes_of_the_coupon(
    anna: Any, coupon: Coupon, door: Any
) -> None:
    client = door(anna)
    order = client.post(CHECKOUT, fields(text(client, CHECKOUT)))["Location"]
    assert "you can use it again while it is valid" in text(client, f"{order}cancel/")
    assert "Its coupon can be used again." in client.post(f"{order}cancel/", follow=True).content.decode()
    coupon.refresh_from_db()
    assert coupon.state == "seen"
