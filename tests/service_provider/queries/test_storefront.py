"""The shop shows what is on sale, what is new, and what the last week asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import make
import pytest
from event_files import NINE, at, event, events_of

from service_provider.models import Product, Visit
from service_provider.queries import storefront
from service_provider.queries.storefront import Aisle
from service_provider.services import event_imports

pytestmark = pytest.mark.django_db
NINE_O_CLOCK = datetime.fromtimestamp(NINE / 1000, UTC)
LATER = NINE_O_CLOCK + timedelta(hours=1)


def ids(cards: Any) -> list[str]:
    return [card.product_id for card in cards]


def happened(*events: tuple[str, str, int]) -> None:
    """(kind, product, minutes after nine), all in one visit."""
    rows = [event(kind=kind, product_id=product, occurred_at=at(minute)) for kind, product, minute in events]
    event_imports.record(events_of(*rows), now=make.NOON)


# ---- home ---------------------------------------------------------------------------------------------


def test_an_empty_shop() -> None:
    assert storefront.home(now=make.NOON) == storefront.Home((), ())
    assert storefront.categories() == storefront.malls() == ()
    assert storefront.list_products().total == 0
    assert storefront.find_product("P1") is None


def test_what_was_changed_last_is_new() -> None:
    for day in range(10):
        make.product(f"P{day}", changed_at=make.NOON + timedelta(days=day))
    make.product("gone", changed_at=make.NOON + timedelta(days=20), is_active=False)
    assert ids(storefront.home(now=make.NOON).new) == [f"P{day}" for day in range(9, 1, -1)]


def test_a_purchase_weighs_more_than_a_look() -> None:
    for name in ("looked", "added", "bought", "nobody"):
        make.product(name)
    happened(
        *(("product_view", "looked", 1), ("product_view", "looked", 2)),
        *(("add_to_cart", "added", 3), ("purchase", "bought", 4)),
    )
    assert ids(storefront.home(now=LATER).trending) == ["bought", "added", "looked"]


@pytest.mark.parametrize("now", [NINE_O_CLOCK + timedelta(days=8), NINE_O_CLOCK - timedelta(hours=1)])
def test_only_the_last_seven_days_count(now: datetime) -> None:
    make.product()
    happened(("purchase", "P1", 1))
    assert storefront.home(now=now).trending == ()


def test_robots_make_no_trend() -> None:
    make.product()
    happened(("purchase", "P1", 1))
    Visit.objects.update(is_bot=True)
    assert storefront.home(now=LATER).trending == ()


def test_what_is_not_on_sale_is_no_trend() -> None:
    make.product("gone", is_active=False)
    make.product("here")
    happened(("purchase", "gone", 1), ("product_view", "here", 2), ("purchase", "never sold here", 3))
    assert ids(storefront.home(now=LATER).trending) == ["here"]


def test_a_trend_is_kept_for_a_minute(django_assert_num_queries: Any) -> None:
    make.product()
    happened(("product_view", "P1", 1))
    with django_assert_num_queries(4):
        storefront.home(now=LATER)
    with django_assert_num_queries(2):
        storefront.home(now=LATER + timedelta(seconds=59))
    with django_assert_num_queries(4):
        storefront.home(now=LATER + timedelta(seconds=60))


# ---- aisles -------------------------------------------------------------------------------------------


def test_aisles_are_counted() -> None:
    make.product("A", category="Food & Beverage", mall="Kanyon")
    make.product("B", category="Food & Beverage", mall="")
    make.product("C", category="Books", mall="Zorlu Center")
    make.product("D", category="Toys", is_active=False)
    assert storefront.categories() == (
        Aisle("books", "Books", ("Books",), 1),
        Aisle("food-beverage", "Food & Beverage", ("Food & Beverage",), 2),
    )
    assert [(one.slug, one.products) for one in storefront.malls()] == [("kanyon", 1), ("zorlu-center", 1)]


def test_the_signs_above_the_pages_are_some_seconds_old(django_assert_num_queries: Any) -> None:
    make.product("A")
    assert storefront.signs(now=make.NOON) == storefront.categories()
    make.product("B", category="Toys")
    with django_assert_num_queries(0):
        assert len(storefront.signs(now=make.NOON + timedelta(seconds=4))) == 1
    assert len(storefront.signs(now=make.NOON + timedelta(seconds=5))) == 2


def test_names_that_are_spelled_alike_are_one_aisle() -> None:
    make.product("A", category="Board games")
    make.product("B", category="Board-games")
    (aisle,) = storefront.categories()
    assert (aisle.slug, aisle.products) == ("board-games", 2)
    assert storefront.list_products(aisle).total == 2


@pytest.mark.parametrize(
    ("name", "slug"), [("Ayakkabı", "ayakkabı"), ("玩具", "玩具"), ("??", "x"), ("!!", "x"), ("", "x")]
)
def test_every_name_has_a_slug_of_its_own(name: str, slug: str) -> None:
    assert storefront.slug_of(name).startswith(slug)
    assert storefront.slug_of("??") != storefront.slug_of("!!")


def test_an_aisle_that_is_not_there() -> None:
    make.product()
    assert storefront.find_aisle(storefront.categories(), "toys") is None


# ---- lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("new", ["B", "C", "A"]),
        ("price", ["A", "B", "C"]),
        ("-price", ["C", "B", "A"]),
        ("title", ["C", "A", "B"]),
        ("margin", ["B", "C", "A"]),  # nobody's business: as if nothing was said
    ],
)
def test_lists_are_sorted(sort: str, expected: list[str]) -> None:
    for name, title, price, day in (("A", "Kite", 100, 0), ("B", "Lamp", 200, 2), ("C", "Jam", 300, 1)):
        changed = make.NOON + timedelta(days=day)
        make.product(name, title=title, price_minor=price, changed_at=changed)
    assert ids(storefront.list_products(sort=sort).rows) == expected


def test_an_aisle_lists_its_own() -> None:
    make.product("A", category="Toys", mall="Kanyon")
    make.product("B", category="Toys", mall="Zorlu Center")
    make.product("C", category="Books", mall="Kanyon")
    toys = storefront.find_aisle(storefront.categories(), "toys")
    kanyon = storefront.find_aisle(storefront.malls(), "kanyon")
    assert set(ids(storefront.list_products(toys).rows)) == {"A", "B"}
    assert set(ids(storefront.list_products(mall=kanyon).rows)) == {"A", "C"}
    assert ids(storefront.list_products(toys, kanyon).rows) == ["A"]


# ---- one product --------------------------------------------------------------------------------------


def test_a_product_with_neighbours_of_its_price(django_assert_num_queries: Any) -> None:
    for name, price in (("far", 900), ("near", 110), ("nearer", 105), ("asked", 100), ("free", 0)):
        make.product(name, price_minor=price)
    make.product("book", category="Books", price_minor=100)
    make.product("gone", price_minor=100, is_active=False)
    with django_assert_num_queries(1):
        found = storefront.find_product("asked")
    assert found is not None
    assert found.product.product_id == "asked"
    assert ids(found.related) == ["nearer", "near", "free", "far"]


@pytest.mark.parametrize("product_id", ["P2", "p1", "", "P1 "])
def test_no_such_product(product_id: str) -> None:
    make.product("P1")
    assert storefront.find_product(product_id) is None


def test_what_is_off_sale_is_not_shown() -> None:
    make.product(is_active=False)
    assert storefront.find_product("P1") is None


def test_a_card_tells_nothing_of_the_margin() -> None:
    make.product()
    card = storefront.list_products().rows[0]
    assert not any("margin" in name for name in card.__slots__)
    assert Product.objects.get().margin_bp == 3500
