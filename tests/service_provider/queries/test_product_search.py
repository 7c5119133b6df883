"""The shop finds what was meant, and helps where it finds nothing."""

from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.models import Product
from service_provider.queries import product_search
from service_provider.queries.product_index import ProductIndex, slips, words_of

TITLES = (
    ("Leather Boots", "Shoes"),
    ("Canvas Trainers", "Shoes"),
    ("Shoe Cream", "Cosmetics"),
    ("Crème brûlée", "Food & Beverage"),
    ("Wooden Train Set", "Toys"),
    ("Notebook 2000", "Technology"),
)


@pytest.fixture(scope="module")
def index() -> ProductIndex:
    return ProductIndex(TITLES)


def titles(index: ProductIndex, query: str) -> list[str]:
    return [TITLES[position][0] for position in index.find(query).positions]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("boots", ["Leather Boots"]),
        ("BOOTS leather", ["Leather Boots"]),
        ("leath", ["Leather Boots"]),
        ("shoes boots", ["Leather Boots"]),
        ("creme brulee", ["Crème brûlée"]),
        ("CRÈME", ["Crème brûlée"]),
        ("crea", ["Shoe Cream"]),
        ("food&beverage", ["Crème brûlée"]),
        ("train", ["Wooden Train Set", "Canvas Trainers"]),  # the word itself before its longer kin
        ("shoe", ["Shoe Cream", "Leather Boots", "Canvas Trainers"]),
        ("boots boots", ["Leather Boots"]),
        ("2000", ["Notebook 2000"]),
    ],
)
def test_words_and_their_beginnings(index: ProductIndex, query: str, expected: list[str]) -> None:
    assert titles(index, query) == expected
    assert index.find(query).understood == ""


@pytest.mark.parametrize(
    ("query", "understood"),
    [
        ("boost", "boots"),  # swapped
        ("lether", "leather"),  # missing
        ("leatherr", "leather"),  # too many
        ("trayners", "trainers"),  # another
        ("trainresz", "trainers"),  # two slips in a long word
        ("lether botos", "leather boots"),
        ("shoes lether", "shoes leather"),
    ],
)
def test_slips_are_forgiven_and_told(index: ProductIndex, query: str, understood: str) -> None:
    hits = index.find(query)
    assert hits.positions
    assert hits.understood == understood


@pytest.mark.parametrize("query", ["zzzzzz", "bxxts", "2001", "qq", "boots toys"])
def test_what_is_too_far_off_is_not_found(index: ProductIndex, query: str) -> None:
    assert index.find(query).positions == ()


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ("boots toys", ("boots", "toys")),
        ("bxxts", ("boots",)),
        ("zzzzzzzz", ()),
        ("lether toys", ("leather", "toys")),
    ],
)
def test_no_hits_give_hints_that_find_something(
    index: ProductIndex, query: str, hints: tuple[str, ...]
) -> None:
    assert index.find(query).hints == hints
    assert all(index.find(hint).positions for hint in hints)


@pytest.mark.parametrize("query", ["", "   ", "!?", "%", "\0", "'; DROP TABLE product"])
def test_odd_queries_find_nothing(index: ProductIndex, query: str) -> None:
    assert index.find(query).positions == ()


@pytest.mark.parametrize(
    ("word", "most"), [("tv", 0), ("sho", 1), ("boots", 1), ("trainer", 2), ("20000", 0)]
)
def test_how_many_slips_a_word_may_have(word: str, most: int) -> None:
    assert slips(word) == most


def test_words_are_short_and_plain() -> None:
    assert words_of("İSTANBUL  Ayakkabı_42") == ["istanbul", "ayakkabi", "42"]
    assert words_of("x" * 500) == ["x" * 32]


# ---- in the ledger ------------------------------------------------------------------------------------


def found(query: str, **how: Any) -> list[str]:
    given = {"now": make.NOON} | how
    return [card.product_id for card in product_search.search(query, **given).page.rows]


@pytest.mark.django_db
def test_only_what_is_on_sale() -> None:
    make.product("here")
    make.product("gone", is_active=False)
    assert found("trail") == ["here"]


@pytest.mark.django_db
def test_a_change_is_found_within_seconds() -> None:
    make.product("P1")
    assert found("lamp") == []
    later = make.NOON + timedelta(seconds=1)
    make.product("P2", title="Lamp", changed_at=later)
    Product.objects.filter(product_id="P1").update(is_active=False, changed_at=later)
    assert found("lamp", now=make.NOON + timedelta(seconds=2)) == []
    assert found("trail", now=make.NOON + timedelta(seconds=2)) == [], (
        "off sale at once, whatever is remembered"
    )
    assert found("lamp", now=make.NOON + timedelta(seconds=3)) == ["P2"]


@pytest.mark.django_db
def test_one_query_and_another_every_few_seconds(django_assert_num_queries: Any) -> None:
    make.product()
    with django_assert_num_queries(3):  # looks, reads, answers
        found("trail")
    with django_assert_num_queries(1):
        found("trail")
    with django_assert_num_queries(2):
        found("trail", now=make.NOON + timedelta(seconds=3))
    with django_assert_num_queries(0):
        found("nothing like it", now=make.NOON + timedelta(seconds=4))
        found("", now=make.NOON + timedelta(seconds=4))


@pytest.mark.django_db
def test_hits_are_paged() -> None:
    for number in range(30):
        make.product(f"P{number:02}", title=f"Lamp {number:02}")
    assert found("lamp")[0] == "P00"
    assert found("lamp", number=2) == [f"P{number}" for number in range(24, 30)]
    assert found("lamp", number=99) == found("lamp", number=2)
    assert product_search.search("lamp", now=make.NOON).page.pages == 2


@pytest.mark.django_db
def test_a_long_query_is_cut() -> None:
    make.product()
    assert len(product_search.search("trail " * 1000, now=make.NOON).query) <= product_search.LONGEST
