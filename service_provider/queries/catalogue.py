"""The catalogue as the office lists, filters, edits and downloads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from service_provider.models import AuditEntry, Product
from service_provider.queries import mall, page

Products = QuerySet[Product]
SORTS = {
    "title": "Title, A to Z",
    "-title": "Title, Z to A",
    "-price": "Dearest first",
    "price": "Cheapest first",
    "-margin": "Highest margin",
    "margin": "Lowest margin",
    "stock": "Least in stock",
    "-stock": "Most in stock",
    "-changed": "Changed last",
}
_COLUMNS = {
    "title": "title",
    "price": "price_minor",
    "margin": "margin_bp",
    "stock": "stock",
    "changed": "changed_at",
}
MOST_WORDS = 6
LONGEST: dict[str, int] = {
    name: Product._meta.get_field(name).max_length  # type: ignore[union-attr, misc]
    for name in ("title", "category", "mall")
}


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product; `price` and `margin` written out. `version` is another one after every change."""

    id: int
    product_id: str
    title: str
    category: str
    mall: str
    price_minor: int
    price: str
    margin_bp: int
    margin: str
    stock: int
    is_active: bool
    changed_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of products and the filter form that it answers to."""

    page: page.Page[ProductRow]
    form: forms.Form
    is_filtered: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class CategoryMargins:
    """The products of a category, how many a new margin would change, and what their margins are now."""

    products: int
    changing: int
    lowest: str
    highest: str


def percent(basis_points: int) -> str:
    """3575 is "35.75 %"."""
    return f"{basis_points // 100}.{basis_points % 100:02} %"


def version_of(changed_at: datetime) -> str:
    return changed_at.astimezone(UTC).isoformat(timespec="microseconds")


# ---- filters ----------------------------------------------------------------------------------------


def list_categories() -> list[tuple[str, str]]:
    return _seen("category")


def list_malls() -> list[tuple[str, str]]:
    return _seen("mall")


def _seen(column: str) -> list[tuple[str, str]]:
    values = Product.objects.exclude(**{column: ""}).order_by(column).values_list(column, flat=True)
    return [(value, value) for value in values.distinct()]


def _search(rows: Products, name: str, text: str) -> Products:
    """Every word must be found in the title or the id, whatever its case."""
    # Ids stand in a binary collation on MariaDB, where icontains would tell "p1" from "P1".
    found = rows.alias(upper_id=Upper("product_id"))
    words = (Q(title__icontains=w) | Q(upper_id__contains=w.upper()) for w in text.split()[:MOST_WORDS])
    return found.filter(reduce(and_, words, Q()))


def _active(rows: Products, name: str, answer: str) -> Products:
    return rows.filter(is_active=answer == "yes")


def _sort(rows: Products, name: str, value: str) -> Products:
    sign, column = ("-", value[1:]) if value.startswith("-") else ("", value)
    return rows.order_by(f"{sign}{_COLUMNS[column]}", "pk")


def _choice(label: str, choices: Any, method: Any = None, **options: Any) -> Any:
    return filters.ChoiceFilter(label=label, choices=choices, method=method, **options)


class ProductFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of the catalogue and of its downloads."""

    q = filters.CharFilter(
        label="Search",
        method=_search,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Title or product id"}),
    )
    category = _choice("Category", list_categories, field_name="category", empty_label="Any")
    mall = _choice("Mall", list_malls, field_name="mall", empty_label="Any")
    active = _choice("On sale", [("yes", "Yes"), ("no", "No")], _active, empty_label="Any")
    sort = _choice("Sort by", list(SORTS.items()), _sort, empty_label=None)


def _filter(params: Mapping[str, str]) -> ProductFilter:
    given = dict(params)
    given["sort"] = given.get("sort", "") if given.get("sort", "") in SORTS else "title"
    return ProductFilter(given, queryset=Product.objects.order_by("title", "pk"))


def _matching(chosen: ProductFilter) -> Products:
    # A filter that is not understood shows nothing: a download never holds more than was asked for.
    found: Products = chosen.qs if not chosen.errors else chosen.queryset.none()
    return found


def filtered(params: Mapping[str, str]) -> Products:
    """The products that a list's or download's parameters ask for, in the order of the screen."""
    return _matching(_filter(params))


# ---- reads ------------------------------------------------------------------------------------------


def search(params: Mapping[str, str], number: int, *, now: datetime) -> Listing:
    """Page `number` of the products that `params` ask for."""
    settings = mall.get_settings()
    chosen = _filter(params)
    rows = page.cut(_matching(chosen), number, lambda row: row_of(row, settings))
    is_filtered = any(params.get(name) for name in chosen.filters if name != "sort")
    return Listing(rows, chosen.form, is_filtered, settings.local(now))


def find(product_pk: int) -> ProductRow | None:
    row = Product.objects.filter(pk=product_pk).first()
    return row_of(row, mall.get_settings()) if row else None


def find_editor(row: ProductRow) -> str | None:
    """Who made the product what it is now, or its whole category; None where an import did."""
    by_hand = Q(target_kind="product", target_id=row.product_id)
    by_category = Q(target_kind="category", target_id=row.category[:64])
    entries = AuditEntry.objects.filter(by_hand | by_category, at__gte=row.changed_at)
    return entries.order_by("-pk").values_list("actor_label", flat=True).first()


def get_margins(category: str, margin_bp: int) -> CategoryMargins:
    """What giving the category this margin would change."""
    margins = list(Product.objects.filter(category=category).values_list("margin_bp", flat=True))
    changing = sum(margin != margin_bp for margin in margins)
    lowest, highest = (min(margins), max(margins)) if margins else (0, 0)
    return CategoryMargins(len(margins), changing, percent(lowest), percent(highest))


def row_of(row: Product, settings: mall.MallSettings) -> ProductRow:
    return ProductRow(
        row.pk, row.product_id, row.title, row.category, row.mall, row.price_minor,
        settings.money(row.price_minor), row.margin_bp, percent(row.margin_bp), row.stock, row.is_active,
        settings.local(row.changed_at), version_of(row.changed_at),
    )  # fmt: skip
