"""What the shop shows: products on sale, by category, by mall, new and much asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.db.models import Case, Count, F, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Abs
from django.utils.text import slugify

from engine.contracts import KINDS
from service_provider.models import Event, Product
from service_provider.queries.kept import Kept
from service_provider.queries.page import Page, cut

SIZE = 24  # whole rows of 2, 3 and 4
ON_HOME = 8
RELATED = 4
SORTS = {
    "new": "Newest first",
    "price": "Cheapest first",
    "-price": "Dearest first",
    "title": "Title, A to Z",
}
_COLUMNS = {"new": "-changed_at", "price": "price_minor", "-price": "-price_minor", "title": "title"}
_CARD = ("product_id", "title", "category", "mall", "price_minor", "stock")

# Trending: what the last week's events of people say, of the newest receipts at most so many.
WEEK = timedelta(days=7)
RECENT = 50_000
_POINTS = {KINDS.index("product_view"): 1, KINDS.index("add_to_cart"): 3, KINDS.index("purchase"): 5}
_trending: Kept[tuple[str, ...]] = Kept(for_seconds=60)
_signs: Kept[tuple["Aisle", ...]] = Kept(for_seconds=5)


@dataclass(frozen=True, slots=True)
class ProductCard:
    """One product on sale, as lists show it."""

    product_id: str
    title: str
    category: str
    mall: str
    price_minor: int
    stock: int

    @property
    def category_slug(self) -> str:
        return slug_of(self.category)

    @property
    def mall_slug(self) -> str:
        return slug_of(self.mall)


@dataclass(frozen=True, slots=True)
class Aisle:
    """A category or a mall and how many products it has on sale. Names that are spelled alike are one aisle."""

    slug: str
    name: str
    names: tuple[str, ...]
    products: int


@dataclass(frozen=True, slots=True)
class Home:
    """`trending` is empty where nothing is known of the last week: then what is new has to do."""

    new: tuple[ProductCard, ...]
    trending: tuple[ProductCard, ...]


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product, and those of its category that cost about the same."""

    product: ProductCard
    related: tuple[ProductCard, ...]


def slug_of(name: str) -> str:
    """ "Food & Beverage" is "food-beverage"; a name without any letter or digit gets a number."""
    return slugify(name, allow_unicode=True) or f"x{crc32(name.encode()):08x}"


def on_sale() -> QuerySet[Product]:
    return Product.objects.filter(is_active=True)


# ---- aisles -----------------------------------------------------------------------------------------


def categories() -> tuple[Aisle, ...]:
    """By name. One query."""
    return _aisles("category")


def signs(*, now: datetime) -> tuple[Aisle, ...]:
    """The categories for the head of every page, as they are or were some seconds ago. Mostly no query."""
    return _signs.get(categories, now=now)


def malls() -> tuple[Aisle, ...]:
    """By name; products of no mall are in none. One query."""
    return _aisles("mall")


def find_aisle(aisles: Iterable[Aisle], slug: str) -> Aisle | None:
    return next((aisle for aisle in aisles if aisle.slug == slug), None)


def _aisles(column: str) -> tuple[Aisle, ...]:
    rows: QuerySet[Any, Any] = on_sale().exclude(**{column: ""}).order_by(column).values_list(column)
    found: dict[str, list[tuple[str, int]]] = {}
    for name, count in rows.annotate(count=Count("pk")):
        found.setdefault(slug_of(name), []).append((name, count))
    return tuple(
        Aisle(slug, names[0][0], tuple(name for name, _ in names), sum(count for _, count in names))
        for slug, names in found.items()
    )


# ---- products ---------------------------------------------------------------------------------------


def home(*, now: datetime) -> Home:
    """Two queries, and two more when a minute is over."""
    ids = _trending.get(lambda: _most_wanted(now), now=now)
    new = _cards(on_sale().order_by("-changed_at", "-pk")[:ON_HOME])
    found = {card.product_id: card for card in _cards(on_sale().filter(product_id__in=ids))} if ids else {}
    return Home(new, tuple(found[one] for one in ids if one in found)[:ON_HOME])


def list_products(
    category: Aisle | None = None, mall: Aisle | None = None, *, sort: str = "new", number: int = 1
) -> Page[ProductCard]:
    """Page `number` of an aisle's products, or of all. Two queries."""
    rows = on_sale().order_by(_COLUMNS.get(sort, "-changed_at"), "pk").only(*_CARD)
    if category is not None:
        rows = rows.filter(category__in=category.names)
    if mall is not None:
        rows = rows.filter(mall__in=mall.names)
    return cut(rows, number, card_of, size=SIZE)


def find_product(product_id: str) -> ProductPage | None:
    """The product that is on sale under this id, with its neighbours. One query."""
    asked = on_sale().filter(product_id=product_id)
    is_other = Case(When(product_id=product_id, then=Value(0)), default=Value(1))
    far = Abs(F("price_minor") - Subquery(asked.values("price_minor")[:1]))
    rows = on_sale().filter(category=asked.values("category")[:1]).order_by(is_other, far, "pk")
    cards = _cards(rows[: RELATED + 1])
    # MariaDB takes no notice of blanks at the end of an id.
    is_found = bool(cards) and cards[0].product_id == product_id
    return ProductPage(cards[0], cards[1:]) if is_found else None


def card_of(row: Product) -> ProductCard:
    return ProductCard(*(getattr(row, name) for name in _CARD))


def _cards(rows: QuerySet[Product]) -> tuple[ProductCard, ...]:
    return tuple(card_of(row) for row in rows.only(*_CARD))


def _most_wanted(now: datetime) -> tuple[str, ...]:
    """Ids of products, most wanted first; a few more than are shown, as some may not be on sale. Two queries."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return ()
    until, since = (int(moment.timestamp() * 1000) for moment in (now, now - WEEK))
    # Both bounds hold: a week of a busy mall has millions of events, and old ones may have been imported today.
    rows = Event.objects.filter(
        pk__gt=newest - RECENT,
        occurred_ms__gt=since,
        occurred_ms__lte=until,
        kind__in=_POINTS,
        visit__is_bot=False,
    ).exclude(product_id="")
    points = Case(*(When(kind=kind, then=Value(worth)) for kind, worth in _POINTS.items()))
    scored = rows.values("product_id").annotate(score=Sum(points)).order_by("-score", "product_id")
    return tuple(scored.values_list("product_id", flat=True)[: 3 * ON_HOME])
