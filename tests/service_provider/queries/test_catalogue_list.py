"""The catalogue is found by words, filtered and sorted; what it shows is what is downloaded."""

from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.queries import catalogue, downloads


@pytest.fixture(autouse=True)
def _shelf(db: None) -> None:
    make.product("S1", title="Trail shoe", price_minor=9000, margin_bp=3000, stock=5)
    make.product("s2", title="Boot 50% wool", price_minor=12000, margin_bp=2000, stock=0, is_active=False)
    later = make.NOON + timedelta(days=1)
    make.product(
        "T1", title="Wooden train", category="Toys", mall="", price_minor=2500, stock=7, changed_at=later
    )


def found(**params: str) -> list[str]:
    return [row.product_id for row in catalogue.search(params, 1, now=make.NOON).page.rows]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, ["s2", "S1", "T1"]),
        ({"q": "TRAIL"}, ["S1"]),
        ({"q": "s"}, ["s2", "S1"]),
        ({"q": "S2"}, ["s2"]),
        ({"q": "train wooden"}, ["T1"]),
        ({"q": "train shoe"}, []),
        ({"q": "50%"}, ["s2"]),
        ({"q": "%"}, ["s2"]),
        ({"q": "_"}, []),
        ({"category": "Toys"}, ["T1"]),
        ({"mall": "Kanyon"}, ["s2", "S1"]),
        ({"active": "no"}, ["s2"]),
        ({"active": "yes", "mall": "Kanyon"}, ["S1"]),
        ({"sort": "price"}, ["T1", "S1", "s2"]),
        ({"sort": "-price"}, ["s2", "S1", "T1"]),
        ({"sort": "margin"}, ["s2", "S1", "T1"]),
        ({"sort": "stock"}, ["s2", "S1", "T1"]),
        ({"sort": "-changed"}, ["T1", "S1", "s2"]),
        ({"sort": "by magic"}, ["s2", "S1", "T1"]),
        ({"category": "No such"}, []),
        ({"active": "perhaps"}, []),
    ],
)
def test_what_is_found_and_in_which_order(params: dict[str, str], ids: list[str]) -> None:
    assert found(**params) == ids


def test_sorting_is_no_filter() -> None:
    assert not catalogue.search({"sort": "price"}, 1, now=make.NOON).is_filtered
    assert catalogue.search({"q": "shoe"}, 1, now=make.NOON).is_filtered


def test_a_row_is_written_out() -> None:
    row = catalogue.search({"q": "S1"}, 1, now=make.NOON).page.rows[0]
    assert (row.price, row.margin, row.stock) == ("€90.00", "30.00 %", 5)


@pytest.mark.parametrize(
    ("basis_points", "text"), [(0, "0.00 %"), (5, "0.05 %"), (3575, "35.75 %"), (10_000, "100.00 %")]
)
def test_margins_have_two_decimals(basis_points: int, text: str) -> None:
    assert catalogue.percent(basis_points) == text


@pytest.mark.parametrize(
    ("category", "margin_bp", "told"),
    [
        ("Shoes", 3000, (2, 1, "20.00 %", "30.00 %")),
        ("Toys", 3500, (1, 0, "35.00 %", "35.00 %")),
        ("No such", 3500, (0, 0, "0.00 %", "0.00 %")),
    ],
)
def test_what_a_new_margin_would_change(category: str, margin_bp: int, told: tuple[Any, ...]) -> None:
    margins = catalogue.get_margins(category, margin_bp)
    assert (margins.products, margins.changing, margins.lowest, margins.highest) == told


def test_the_download_has_the_columns_of_a_catalogue_file() -> None:
    sheet = downloads.get_sheet("catalogue", {"category": "Shoes", "sort": "price"}, now=make.NOON)
    assert [column.name for column in sheet.columns] == [
        "product_id", "title", "category", "mall", "price", "margin", "stock", "active"
    ]  # fmt: skip
    assert sheet.total == 2
    assert list(sheet.rows) == [
        ("S1", "Trail shoe", "Shoes", "Kanyon", 9000, 3000, 5, 1),
        ("s2", "Boot 50% wool", "Shoes", "Kanyon", 12000, 2000, 0, 0),
    ]
