"""The pages of the catalogue: read by the staff, changed by the provider, typed words never lost."""

from typing import Any

import make
import pytest
from django.urls import reverse
from django.utils import timezone

from service_provider.models import AuditEntry, Product


@pytest.fixture
def shoe(db: None) -> Product:
    return make.product()


def url(name: str, *args: Any) -> str:
    return reverse(f"provider:{name}", args=args)


def read(office: Any, path: str) -> str:
    return office.get(path).content.decode()


def typed(office: Any, product: Product, **changed: Any) -> dict[str, Any]:
    """What the form would send, with some fields typed anew."""
    form = office.get(url("product-edit", product.pk)).context["form"]
    given = {name: form[name].value() for name in form.fields}
    given |= changed
    return {name: value for name, value in given.items() if value is not False}


# ---- the list ---------------------------------------------------------------------------------------


def test_an_empty_catalogue_teaches(office: Any, alan: Any, door: Any) -> None:
    page = read(office, url("catalogue"))
    assert "The catalogue is empty" in page
    assert f'href="{url("imports")}#catalogue"' in page
    assert "The provider can import one" in read(door(alan), url("catalogue"))


def test_the_list_shows_products_and_leads_to_them(office: Any, shoe: Product) -> None:
    page = read(office, url("catalogue"))
    for text in ("Trail shoe", "P1", "Shoes", "Kanyon", "€89.90", "35.00 %", url("product-edit", shoe.pk)):
        assert text in page


def test_an_analyst_reads_and_downloads_and_changes_nothing(alan: Any, door: Any, shoe: Product) -> None:
    his = door(alan)
    page = read(his, url("catalogue"))
    assert "Trail shoe" in page
    assert "product-edit" not in page
    assert url("product-edit", shoe.pk) not in page
    assert b"P1,Trail shoe,Shoes,Kanyon,89.90,0.3500,12,1" in b"".join(
        his.get(url("download", "catalogue", "csv")).streaming_content
    )
    assert his.post(url("product-edit", shoe.pk), {}).status_code == 403
    assert his.post(url("category-margin"), {}).status_code == 403


@pytest.mark.parametrize("file_format", ["xls", "xlsx", "csv"])
def test_the_list_is_downloaded_as_filtered(office: Any, shoe: Product, file_format: str) -> None:
    link = f"{url('download', 'catalogue', file_format)}?q=shoe"
    assert link in read(office, f"{url('catalogue')}?q=shoe")
    assert office.get(link).status_code == 200


def test_nothing_fits(office: Any, shoe: Product) -> None:
    page = read(office, f"{url('catalogue')}?q=spoon")
    assert "No product fits these filters" in page
    assert 'value="spoon"' in page


def test_a_filter_that_makes_no_sense_is_told(office: Any, shoe: Product) -> None:
    assert "could not be understood" in read(office, f"{url('catalogue')}?active=perhaps")


def test_a_long_list_has_pages_that_keep_the_filter(office: Any) -> None:
    for number in range(30):
        make.product(f"P{number}", title=f"Shoe {number:02}")
    page = read(office, f"{url('catalogue')}?q=shoe&page=2")
    assert "Shoe 25" in page
    assert "Shoe 24" not in page
    assert "?q=shoe&amp;page=1" in page


# ---- one product ------------------------------------------------------------------------------------


def test_a_product_is_saved_and_audited(office: Any, shoe: Product) -> None:
    answer = office.post(
        url("product-edit", shoe.pk), typed(office, shoe, margin="25.75", stock="3"), follow=True
    )
    assert "Trail shoe is saved." in answer.content.decode()
    shoe.refresh_from_db()
    assert (shoe.margin_bp, shoe.stock, shoe.price_minor) == (2575, 3, 8990)
    assert "margin: 35.00 % → 25.75 %" in read(office, url("audit"))


def test_saving_without_a_change_says_so(office: Any, shoe: Product) -> None:
    answer = office.post(url("product-edit", shoe.pk), typed(office, shoe), follow=True)
    assert "Nothing differed." in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_a_product_may_be_taken_off_sale(office: Any, shoe: Product) -> None:
    office.post(url("product-edit", shoe.pk), typed(office, shoe, active=False))
    shoe.refresh_from_db()
    assert not shoe.is_active


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("category", " "),
        ("category", "x" * 101),
        ("mall", "x" * 61),
        ("price", "-1"),
        ("price", "12.345"),
        ("price", "dear"),
        ("price", "1e30"),
        ("price", "nan"),
        ("margin", "100.01"),
        ("margin", "-0.01"),
        ("margin", "35.255"),
        ("stock", "-1"),
        ("stock", "1.5"),
        ("stock", "9999999999"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_keeps_what_was_typed(
    office: Any, shoe: Product, field: str, value: str
) -> None:
    kept = "mall" if field == "title" else "title"
    given = typed(office, shoe, **{kept: "Kept words", field: value})
    answer = office.post(url("product-edit", shoe.pk), given)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {field}
    page = answer.content.decode()
    assert 'value="Kept words"' in page
    assert 'role="alert"' in page
    assert not AuditEntry.objects.exists()


def test_prices_have_the_decimals_of_the_currency(office: Any, shoe: Product, settings: Any) -> None:
    from service_provider.models import Mall

    Mall.objects.create(pk=1, currency="JPY")
    answer = office.get(url("product-edit", shoe.pk))
    assert 'value="8990"' in answer.content.decode()
    office.post(url("product-edit", shoe.pk), typed(office, shoe, price="9000"))
    shoe.refresh_from_db()
    assert shoe.price_minor == 9000


def test_the_second_editor_is_told_and_loses_nothing(office: Any, shoe: Product, door: Any) -> None:
    other = door(make.user("paul", role="provider"))
    mine = typed(office, shoe, title="My title", stock="3")
    other.post(url("product-edit", shoe.pk), typed(other, shoe, stock="7", mall="Zorlu"))
    answer = office.post(url("product-edit", shoe.pk), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "paul changed this product while you were editing it" in page
    assert 'value="My title"' in page
    differing = {row[0].text: (row[1].text, row[2].text) for row in answer.context["collision"].rows}
    assert differing == {
        "Title": ("Trail shoe", "My title"),
        "Mall": ("Zorlu", "Kanyon"),
        "Pieces in stock": ("7", "3"),
    }
    shoe.refresh_from_db()
    assert (shoe.title, shoe.stock) == ("Trail shoe", 7)
    again = {name: answer.context["form"][name].value() for name in answer.context["form"].fields}
    office.post(url("product-edit", shoe.pk), again)
    shoe.refresh_from_db()
    assert (shoe.title, shoe.mall, shoe.stock) == ("My title", "Kanyon", 3)


def test_it_is_told_who_made_the_product_what_it_is(office: Any, shoe: Product) -> None:
    path = url("product-edit", shoe.pk)
    assert "by an import." in read(office, path)
    office.post(path, typed(office, shoe, stock="3"))
    assert "by petra." in read(office, path)
    Product.objects.update(changed_at=timezone.now())
    assert "by an import." in read(office, path)
    office.post(url("category-margin"), {"category": "Shoes", "margin": "10", "agreed": "1"})
    assert "by petra." in read(office, path)


def test_a_form_without_its_version_is_an_old_one(office: Any, shoe: Product) -> None:
    answer = office.post(url("product-edit", shoe.pk), typed(office, shoe, title="Boot", version=""))
    assert answer.status_code == 409
    assert "An import changed this product while you were editing it" in answer.content.decode()


def test_a_product_that_is_not_there(office: Any, shoe: Product) -> None:
    assert office.get(url("product-edit", shoe.pk + 1)).status_code == 404
    path, given = url("product-edit", shoe.pk), typed(office, shoe)
    shoe.delete()
    assert office.post(path, given).status_code == 404


# ---- the margin of a category -----------------------------------------------------------------------


def test_it_says_how_many_change_before_anything_does(office: Any, shoe: Product) -> None:
    make.product("P2", margin_bp=2000)
    make.product("P3", margin_bp=4000)
    answer = office.post(url("category-margin"), {"category": "Shoes", "margin": "40"})
    page = answer.content.decode()
    assert "2 products of Shoes will change" in page
    assert "20.00 % to 40.00 %" in page
    assert not AuditEntry.objects.exists()
    agreed = {"category": "Shoes", "margin": "40", "agreed": answer.context["margins"].changing}
    said = office.post(url("category-margin"), agreed, follow=True).content.decode()
    assert "2 products have a margin of 40.00 % now." in said
    assert set(Product.objects.values_list("margin_bp", flat=True)) == {4000}


def test_another_number_is_asked_for_once_more(office: Any, shoe: Product) -> None:
    make.product("P2")
    answer = office.post(url("category-margin"), {"category": "Shoes", "margin": "40", "agreed": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The catalogue was changed meanwhile" in page
    assert "2 products of Shoes will change" in page
    assert set(Product.objects.values_list("margin_bp", flat=True)) == {3500}


@pytest.mark.parametrize("agreed", ["", "all", "-1", "99999999999", "²"])
def test_nonsense_is_no_agreement(office: Any, shoe: Product, agreed: str) -> None:
    page = office.post(url("category-margin"), {"category": "Shoes", "margin": "40", "agreed": agreed})
    assert "1 product of Shoes will change" in page.content.decode()
    assert not AuditEntry.objects.exists()


def test_nothing_to_change_is_said(office: Any, shoe: Product) -> None:
    page = office.post(url("category-margin"), {"category": "Shoes", "margin": "35"}).content.decode()
    assert "Nothing will change" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"category": "", "margin": "40"}, "category"),
        ({"category": "Spoons", "margin": "40"}, "category"),
        ({"category": "Shoes", "margin": "140"}, "margin"),
        ({"category": "Shoes", "margin": "much"}, "margin"),
    ],
)
def test_a_wrong_margin_is_told_beside_the_field(
    office: Any, shoe: Product, given: dict[str, str], field: str
) -> None:
    answer = office.post(url("category-margin"), given)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {field}


def test_without_products_there_is_no_category(office: Any) -> None:
    assert "There is no category yet" in read(office, url("category-margin"))
