"""Petra brings files through the three doors, looks for a product, edits it, and sets the margin of a category."""

from pathlib import Path
from typing import Any

import make
import pytest

from service_provider.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(visitor: Any) -> None:
    visitor.go("/provider/")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    visitor.page.wait_for_url("**/provider/")


def bring(visitor: Any, door: str, file: Path) -> None:
    """Chooses a file at a door, sends it and waits for the end of its job."""
    visitor.go("/provider/imports/")
    visitor.page.locator(f"#{door} input[type=file]").set_input_files(str(file))
    visitor.press(f"Import {door}")
    visitor.page.get_by_text("It is done").wait_for(timeout=60_000)


def take_example(visitor: Any, door: str, folder: Path) -> Path:
    visitor.go("/provider/imports/")
    with visitor.page.expect_download() as taken:
        visitor.page.locator(f"#{door} a[download]").click()
    path = folder / taken.value.suggested_filename
    taken.value.save_as(path)
    return path


def test_examples_come_in_through_their_doors(visitor: Any, petra: Any, worker: Any, tmp_path: Path) -> None:
    log_in(visitor)
    visitor.go("/provider/catalogue/")
    visitor.look("catalogue, empty")
    visitor.follow("Import a catalogue")
    visitor.look("imports, empty")
    visitor.page.locator("#events summary").click()
    visitor.look("imports, a layout")
    visitor.press("Import catalogue")
    assert visitor.reads("Choose a file first.")
    visitor.look("imports, no file")
    for door in ("catalogue", "events", "transactions"):
        bring(visitor, door, take_example(visitor, door, tmp_path))
        visitor.look(f"{door}, imported")
    visitor.go("/provider/imports/")
    assert visitor.page.locator("#past ~ div .badge.good").count() == 3
    visitor.look("imports")
    visitor.go("/provider/catalogue/")
    assert visitor.reads("Trail shoe")


def test_a_product_is_found_and_edited(visitor: Any, petra: Any) -> None:
    for number in range(30):
        make.product(f"P{number}", title=f"Trail shoe {number:02}", stock=number, is_active=number % 7 != 3)
    make.product("T1", title="Wooden train", category="Toys", mall="", margin_bp=4250)
    log_in(visitor)
    visitor.follow("Catalogue")
    visitor.look("catalogue")
    visitor.fill(q="train")
    visitor.press("Show")
    visitor.look("catalogue, found")
    visitor.follow("Wooden train")
    visitor.look("product")
    visitor.fill(margin="142.50", stock="9")
    visitor.press("Save")
    visitor.look("product, wrong")
    assert visitor.page.locator("main [name=stock]").input_value() == "9"
    visitor.fill(margin="42.75")
    Product.objects.filter(product_id="T1").update(changed_at=make.NOON.replace(hour=13), price_minor=3000)
    visitor.press("Save")
    assert visitor.reads("Changed meanwhile")
    visitor.look("product, changed meanwhile")
    visitor.press("Save")
    assert visitor.reads("Wooden train is saved.")
    assert Product.objects.get(product_id="T1").margin_bp == 4275


def test_a_category_gets_a_margin(visitor: Any, petra: Any) -> None:
    for number in range(12):
        make.product(f"P{number}", margin_bp=2000 + 100 * number)
    log_in(visitor)
    visitor.go("/provider/catalogue/")
    visitor.follow("Margin of a category")
    visitor.fill(category="Shoes", margin="30")
    visitor.look("margin of a category")
    visitor.press("See what would change")
    assert visitor.reads("11 products of Shoes will change")
    visitor.look("margin of a category, asked")
    visitor.press("Change 11 products")
    assert visitor.reads("11 products have a margin of 30.00 % now.")
    visitor.look("margin of a category, done")
