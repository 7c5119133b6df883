"""The basket's pages: plain forms, messages, what was typed, and nobody else's basket."""

from typing import Any

import make
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from remote_user import visitor
from service_provider.models import BasketLine, Product, Shopper

pytestmark = pytest.mark.django_db
URL = "/basket/"


def add(client: Client, product_id: str = "P1", **fields: Any) -> Any:
    return client.post(reverse("shop:basket-add"), {"product_id": product_id} | fields)


def shown(client: Client) -> str:
    return client.get(URL).content.decode()


def pieces() -> list[int]:
    return list(BasketLine.objects.order_by("pk").values_list("quantity", flat=True))


def test_an_empty_basket_says_what_to_do(anna: Any, door: Any) -> None:
    for user in (None, anna):
        assert "Your basket is empty" in shown(door(user))
    assert Shopper.objects.count() == 1, "who only looks is not kept"


def test_a_visitor_fills_her_basket_and_finds_it_again(door: Any) -> None:
    make.product()
    client = door(None)
    answer = add(client, quantity="2")
    assert (answer.status_code, answer["Location"]) == (302, URL)
    page = shown(client)
    for said in (
        "Trail shoe is in your basket.",
        "€179.80",
        '<span class="badge accent">2</span>',
        "Check out",
    ):
        assert said in page, said
    assert "Your basket is empty" in shown(door(None)), "another browser has another basket"


def test_a_button_without_a_number_adds_one_piece(anna: Any, door: Any) -> None:
    make.product()
    add(door(anna))
    assert pieces() == [1]


@pytest.mark.parametrize(
    ("there", "leads"),
    [
        ("/predict/", "/predict/"),
        ("https://elsewhere.test/", URL),
        ("//elsewhere.test/", URL),
        ("javascript:alert(1)", URL),
    ],
)
def test_it_leads_back_to_pages_of_this_site_only(anna: Any, door: Any, there: str, leads: str) -> None:
    make.product()
    assert add(door(anna), next=there)["Location"] == leads


@pytest.mark.parametrize(
    ("product_id", "quantity", "said"),
    [
        ("P1", "0", "from 1 to 99"),
        ("P1", "100", "from 1 to 99"),
        ("P1", "two", "from 1 to 99"),
        ("P1", "1.5", "from 1 to 99"),
        ("P1", "", "required"),
        ("P1", "13", "Only 12 left of Trail shoe"),
        ("P9", "1", "not on sale"),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(
    anna: Any, door: Any, product_id: str, quantity: str, said: str
) -> None:
    make.product()
    answer = add(door(anna), product_id, quantity=quantity)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
    assert f'value="{product_id}"' in page
    assert not quantity or f'value="{quantity}"' in page
    assert pieces() == []


@pytest.mark.parametrize("product_id", ["", "x" * 65, "a\x00b"])
def test_a_product_that_cannot_be_is_refused(anna: Any, door: Any, product_id: str) -> None:
    for name in ("basket-add", "basket-change", "basket-remove"):
        answer = door(anna).post(reverse(f"shop:{name}"), {"product_id": product_id, "quantity": "1"})
        assert answer.status_code in (200, 302)
    assert pieces() == []


def test_a_quantity_is_changed_and_a_mistake_stays_by_its_line(anna: Any, door: Any) -> None:
    client = door(anna)
    for product_id in ("P1", "P2"):
        make.product(product_id, title=f"Shoe {product_id}")
        add(client, product_id)
    url = reverse("shop:basket-change")
    assert client.post(url, {"product_id": "P2", "quantity": "3"})["Location"] == URL
    assert pieces() == [1, 3]
    assert "Shoe P2: 3 in your basket now." in shown(client)
    page = client.post(url, {"product_id": "P1", "quantity": "77"}).content.decode()
    assert "Only 12 left of Shoe P1" in page
    assert 'value="77"' in page
    assert 'value="3"' in page
    assert pieces() == [1, 3]


def test_a_line_that_went_meanwhile_is_said_so(anna: Any, door: Any) -> None:
    make.product()
    page = door(anna).post(reverse("shop:basket-change"), {"product_id": "P1", "quantity": "2"})
    assert "no longer in your basket" in page.content.decode()


def test_a_line_is_removed_once(anna: Any, door: Any) -> None:
    make.product()
    client = door(anna)
    add(client)
    for said in ("It is out of your basket.", "That was not in your basket."):
        client.post(reverse("shop:basket-remove"), {"product_id": "P1"})
        assert said in shown(client)
    assert pieces() == []


def test_what_cannot_be_bought_is_marked_and_not_checked_out(anna: Any, door: Any) -> None:
    make.product()
    client = door(anna)
    add(client)
    Product.objects.update(is_active=False)
    page = shown(client)
    assert "no longer on sale" in page
    assert "Change or remove what is marked" in page


@pytest.mark.parametrize("name", ["basket-add", "basket-change", "basket-remove"])
def test_changes_are_posts_with_their_token(name: str, anna: Any, door: Any) -> None:
    assert door(anna).get(reverse(f"shop:{name}")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse(f"shop:{name}"), {"product_id": "P1"}).status_code == 403


def test_staff_have_no_basket(petra: Any, door: Any) -> None:
    client = door(petra)
    assert client.get(URL).status_code == add(client).status_code == 403


def test_her_basket_goes_with_her_at_log_in_and_stays_with_the_account(anna: Any, door: Any) -> None:
    make.product()
    client = door(None)
    add(client, quantity="2")
    copy = client.cookies[visitor.COOKIE].value
    client.post(reverse("account_login"), {"login": "anna", "password": make.PASSWORD})
    assert "€179.80" in shown(client)
    client.post(reverse("account_logout"))
    assert "Your basket is empty" in shown(client)
    other = door(None)
    other.cookies[visitor.COOKIE] = copy
    assert "Your basket is empty" in shown(other)
    add(other)
    assert list(BasketLine.objects.filter(shopper=anna.shopper).values_list("quantity", flat=True)) == [2]


def test_the_count_costs_one_query_and_none_for_a_newcomer(anna: Any, door: Any) -> None:
    make.product()
    counts = []
    for user, fills in ((None, False), (None, True), (anna, True)):
        client = door(user)
        if fills:
            add(client)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/account/login/" if user is None else "/predictions/")
        counts.append(sum("basket_line" in query["sql"] for query in asked))
    assert counts == [0, 1, 1]
