"""Searching the shop: words are looked up in memory, products in the ledger."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max

from service_provider.models import Product
from service_provider.queries import storefront
from service_provider.queries.kept import Kept
from service_provider.queries.page import Page
from service_provider.queries.product_index import ProductIndex
from service_provider.queries.storefront import SIZE, ProductCard

LONGEST = 80  # letters of a query that are read
Version = tuple[int, datetime | None]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`query` is what was asked, `understood` what was looked for where that differs, `hints` what to ask instead."""

    query: str
    page: Page[ProductCard]
    understood: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The words of one version of the catalogue; product keys by their position in them."""

    version: Version
    keys: tuple[int, ...]
    index: ProductIndex = field(repr=False)


_shelf: Kept[_Shelf] = Kept(for_seconds=3)


def search(query: str, *, number: int = 1, now: datetime) -> SearchResult:
    """Page `number` of the products on sale that `query` finds: one query, and one more every few seconds."""
    query = " ".join(query[:LONGEST].split())
    if not query:
        return SearchResult("", Page((), 0, 1, SIZE))
    shelf = _current(now)
    hits = shelf.index.find(query)
    page = _page([shelf.keys[position] for position in hits.positions], number)
    return SearchResult(query, page, hits.understood, hits.hints)


def _current(now: datetime) -> _Shelf:
    """The shelf of the catalogue as it is, or was some seconds ago."""
    return _shelf.get(lambda: _renewed(_shelf.last), now=now)


def _renewed(before: _Shelf | None) -> _Shelf:
    """The same shelf where nothing was changed: every write of a product moves `changed_at` on."""
    seen = Product.objects.aggregate(count=Count("pk"), newest=Max("changed_at"))
    version = (seen["count"], seen["newest"])
    if before is not None and before.version == version:
        return before
    rows = list(storefront.on_sale().order_by("title", "pk").values_list("pk", "title", "category"))
    index = ProductIndex((title, category) for _, title, category in rows)
    return _Shelf(version, tuple(key for key, _, _ in rows), index)


def _page(keys: list[int], number: int) -> Page[ProductCard]:
    number = min(max(1, number), max(1, -(-len(keys) // SIZE)))
    wanted = keys[(number - 1) * SIZE : number * SIZE]
    found = {row.pk: row for row in storefront.on_sale().filter(pk__in=wanted)} if wanted else {}
    rows = tuple(storefront.card_of(found[key]) for key in wanted if key in found)
    return Page(rows, len(keys), number, SIZE)
