"""The shop's pages: what they show, to whom, with how many queries and bytes."""

import re
from typing import Any
from urllib.parse import quote

import make
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from service_provider.models import Product
from service_provider.queries import storefront
from service_provider.queries.kept import Kept

pytestmark = pytest.mark.django_db
PAGES = (
    "/",
    "/shop/c/shoes/",
    "/shop/m/kanyon/",
    "/shop/p/P1/",
    "/shop/search/?q=lamp",
    "/shop/search/?q=lmap",
)
MOST_BYTES = 100_000


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def main_of(page: str) -> str:
    return page.split("<main", 1)[1].split("</main>", 1)[0]


def stock(count: int) -> None:
    now = timezone.now()
    Product.objects.bulk_create(
        [
            Product(
                product_id=f"P{number}",
                title=f"A lamp with a rather long name, number {number}",
                category="Shoes" if number % 2 else "Food & Beverage",
                mall="Kanyon" if number % 3 else "Mall of Istanbul",
                price_minor=100 + number,
                margin_bp=3000,
                stock=number % 7,
                changed_at=now,
            )
            for number in range(Product.objects.count(), count)
        ],
        batch_size=500,
    )


# ---- what is shown ------------------------------------------------------------------------------------


def test_an_empty_shop_says_so_to_each(anna: Any, petra: Any, door: Any) -> None:
    for who in (None, anna):
        assert "not put anything on sale yet" in read(door(who), "/")
    assert reverse("provider:catalogue") in main_of(read(door(petra), "/"))
    assert "Type what you are looking for" in read(door(None), "/shop/search/")


def test_home_shows_what_is_new_and_all_aisles(client: Client) -> None:
    make.product(title="Red & blue shoe", category="Food & Beverage")
    page = main_of(read(client, "/"))
    assert "Red &amp; blue shoe" in page
    assert 'href="/shop/p/P1/"' in page
    assert 'href="/shop/c/food-beverage/"' in page
    assert 'href="/shop/m/kanyon/"' in page
    assert "Trending" not in page, "nothing is known of the last week"


def test_home_has_a_door_for_each(anna: Any, petra: Any, door: Any) -> None:
    make.product()
    for_shopper = main_of(read(door(anna), "/"))
    assert all(reverse(f"shop:{name}") in for_shopper for name in ("predict", "predictions", "profile"))
    assert reverse("account_login") not in for_shopper
    assert reverse("provider:overview") in main_of(read(door(petra), "/"))
    assert reverse("account_login") in main_of(read(door(None), "/"))


def test_an_aisle_is_sorted_and_paged(client: Client) -> None:
    stock(60)
    first = main_of(read(client, "/shop/c/shoes/?sort=price"))
    assert first.index("number 1<") < first.index("number 3<")
    assert "page 1 of 2" in first
    assert "?sort=price&amp;page=2" in first
    second = main_of(read(client, "/shop/c/shoes/?sort=price&page=2"))
    assert "number 59<" in second


@pytest.mark.parametrize(
    "path", ["/shop/c/shoes/?page=99", "/shop/c/shoes/?page=x&sort=margin", "/shop/m/kanyon/?page=0"]
)
def test_odd_parameters_show_a_page(client: Client, path: str) -> None:
    make.product()
    assert "Trail shoe" in read(client, path)


@pytest.mark.parametrize(
    "path", ["/shop/c/toys/", "/shop/m/nowhere/", "/shop/p/P2/", "/shop/p/p1/", "/shop/p/OFF/"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    make.product()
    make.product("OFF", is_active=False)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("product_id", ["a/b", "a b", "100%", "a?b#c", "ürün", "..a", "<i>"])
def test_every_id_has_a_page(client: Client, product_id: str) -> None:
    make.product(product_id, title="Odd one")
    path = reverse("shop:product", args=[product_id])
    assert "Odd one" in read(client, path)
    assert quote(path, safe="/%") == path
    assert f'href="{path}"' in read(client, "/")


def test_a_product_leads_back_and_on(client: Client) -> None:
    make.product(price_minor=123450)
    make.product("P2", title="Another shoe")
    page = main_of(read(client, "/shop/p/P1/"))
    assert "€1,234.50" in page
    assert 'href="/shop/c/shoes/"' in page
    assert 'href="/shop/m/kanyon/"' in page
    assert 'href="/shop/p/P2/"' in page


def test_what_is_sold_out_cannot_be_added(client: Client) -> None:
    make.product(stock=0)
    page = main_of(read(client, "/shop/p/P1/"))
    assert "Sold out" in page
    assert "Add to basket" not in page


@pytest.mark.parametrize(("stock", "most"), [(3, 3), (99, 99), (5000, 99)])
def test_no_more_than_there_is_can_be_added(client: Client, stock: int, most: int) -> None:
    make.product(stock=stock)
    page = main_of(read(client, "/shop/p/P1/"))
    assert f'action="{reverse("shop:basket-add")}"' in page
    assert f'max="{most}"' in page
    assert 'name="product_id" value="P1"' in page


def test_staff_look_and_do_not_shop(petra: Any, door: Any) -> None:
    make.product()
    assert "Add to basket" not in read(door(petra), "/shop/p/P1/")


def test_a_product_of_no_category_and_no_mall(client: Client) -> None:
    make.product(category="", mall="")
    assert "More of this kind" not in read(client, "/shop/p/P1/")
    assert "Trail shoe" in read(client, "/")


# ---- search -------------------------------------------------------------------------------------------


def test_a_search_says_how_it_was_understood(client: Client) -> None:
    make.product(title="Desk lamp")
    page = read(client, "/shop/search/?q=lamo")
    assert "Desk lamp" in main_of(page)
    assert "Nothing is called “lamo” here" in page
    assert 'value="lamo"' in page, "what was typed is kept"


def test_no_hits_help(client: Client) -> None:
    make.product(title="Desk lamp", category="Home")
    page = main_of(read(client, "/shop/search/?q=lamp+zebra&page=3"))
    assert "Nothing found for “lamp zebra”" in page
    assert 'href="/shop/search/?q=lamp"' in page
    assert 'href="/shop/c/home/"' in page


@pytest.mark.parametrize(
    "query", ["", "%20", "%00", "%3Cscript%3E", "%25", "x" * 5000, "%F0%9F%91%9F", "&page=99"]
)
def test_odd_searches_show_a_page(client: Client, query: str) -> None:
    make.product()
    page = main_of(read(client, f"/shop/search/?q={query}"))
    assert "<script" not in page
    assert 'href="/shop/c/shoes/"' in page


# ---- pictures -----------------------------------------------------------------------------------------


def pictures(page: str) -> list[str]:
    return re.findall(r'<svg class="picture".*?</svg>', page, re.DOTALL)


def test_a_picture_is_the_same_every_time_and_another_for_another(client: Client) -> None:
    make.product()
    make.product("P2")
    (one, other), again = pictures(read(client, "/")), pictures(read(client, "/shop/c/shoes/"))
    assert one != other
    assert {one, other} == set(again)


def test_a_picture_is_named_and_safe(client: Client) -> None:
    make.product(title="<b>Lamp</b>", category="<i>Light</i>")
    (picture,) = pictures(read(client, "/shop/p/P1/"))
    assert "<title>Drawing of &lt;b&gt;Lamp&lt;/b&gt;</title>" in picture
    assert "&lt;</text>" in picture
    assert "style=" not in picture
    assert "http" not in picture


# ---- how much -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "anna", "petra"])
def test_pages_ask_no_more_of_many_products(who: str, request: Any, door: Any) -> None:
    client = door(None if who == "nobody" else request.getfixturevalue(who))
    counts = []
    for many in (10, 2_000):
        stock(many)
        Kept.forget_all()
        found = {}
        for path in PAGES:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page = read(client, path)
            found[path] = len(queries)
            assert len(page.encode()) < MOST_BYTES, path
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 9, counts


@pytest.mark.parametrize("who", ["nobody", "anna", "petra"])
def test_a_product_asks_at_most_six_queries(who: str, request: Any, door: Any) -> None:
    client = door(None if who == "nobody" else request.getfixturevalue(who))
    stock(100)
    client.post(reverse("shop:basket-add"), {"product_id": "P8", "quantity": "1"})
    client.get("/basket/")  # where it is told that it was added
    with CaptureQueriesContext(connection) as queries:
        page = read(client, "/shop/p/P8/")
    assert page.count('class="product"') == storefront.RELATED
    assert len(queries) <= 6, [query["sql"] for query in queries]
