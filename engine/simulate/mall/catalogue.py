"""A catalogue of a real mall's shape: ten malls, eight categories, 2,000 products with prices and margins.

The malls, categories and median unit prices are those of the published table; sub-categories, titles, margins
and stocks are made up. The catalogue does not depend on a seed: every world sells the same goods.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.simulate.chance import draws
from engine.simulate.chance.arithmetic import exp, normal

MALLS = {
    "Kanyon": 0.20, "Mall of Istanbul": 0.20, "Metrocity": 0.15, "Metropol AVM": 0.10, "Istinye Park": 0.10,
    "Emaar Square Mall": 0.05, "Cevahir AVM": 0.05, "Viaport Outlet": 0.05, "Forum Istanbul": 0.05,
    "Zorlu Center": 0.05,
}  # fmt: skip
"""Malls of the published table and the share of products each sells here."""

CATEGORIES = {
    "Clothing": (0.34, 30_000), "Cosmetics": (0.15, 4_100), "Food & Beverage": (0.15, 550),
    "Shoes": (0.10, 60_000), "Toys": (0.10, 3_600), "Souvenir": (0.06, 1_200),
    "Technology": (0.05, 105_000), "Books": (0.05, 1_500),
}  # fmt: skip
"""Category -> (share of lines, median unit price in the smallest unit)."""

PAYMENTS = {"Cash": 0.45, "Credit Card": 0.35, "Debit Card": 0.20}

MARGINS_BP = (5_400, 6_000, 3_500, 5_000, 4_800, 6_500, 1_800, 3_600)
"""By category: the share of the price that is left after its cost, in 1/10,000."""

TIERS = 3  # cheap, middle, dear
TIER_PRICES = (0.62, 1.0, 1.65)  # times the category's median
PRICE_SPREAD = 0.16  # standard deviation of the logarithm of a price within its tier
PER_TIER = (150, 100, 90, 90, 90, 60, 50, 37)  # products of each category in each tier
STREAM = "catalogue"

SUBCATEGORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Clothing": (("Dress", "Shirt", "Jacket", "Jeans", "Jumper", "Skirt", "Coat", "T-shirt", "Scarf", "Suit"),
                 ("Linen", "Cotton", "Wool", "Silk", "Denim", "Striped", "Plain", "Pleated", "Tailored", "Light")),
    "Cosmetics": (("Lipstick", "Face Cream", "Perfume", "Mascara", "Shampoo", "Sun Lotion", "Nail Polish", "Soap"),
                  ("Rose", "Argan", "Citrus", "Matte", "Gentle", "Night", "Mineral", "Velvet", "Fresh")),
    "Food & Beverage": (("Coffee", "Tea", "Baklava", "Olive Oil", "Lokum", "Honey", "Nuts", "Chocolate", "Juice"),
                        ("Roasted", "Organic", "Village", "Pistachio", "Dark", "Pomegranate", "Mild", "Golden")),
    "Shoes": (("Trainers", "Boots", "Sandals", "Loafers", "Heels", "Slippers", "Hiking Shoes"),
              ("Leather", "Suede", "Canvas", "Running", "City", "Summer", "Winter", "Classic", "Soft")),
    "Toys": (("Puzzle", "Doll", "Train Set", "Building Blocks", "Board Game", "Plush Bear", "Kite", "Ball"),
             ("Wooden", "Little", "Musical", "Giant", "Magnetic", "Forest", "Pirate", "Rainbow", "Travel")),
    "Souvenir": (("Mug", "Magnet", "Lantern", "Tile", "Carpet Bag", "Postcard Set", "Bracelet", "Bowl"),
                 ("Bosphorus", "Tulip", "Galata", "Blue Mosque", "Copper", "Painted", "Ottoman", "Anatolian")),
    "Technology": (("Headphones", "Tablet", "Smart Watch", "Phone", "Camera", "Speaker", "Keyboard", "Monitor"),
                   ("Wireless", "Compact", "Studio", "Noise-Free", "Ultra", "Everyday", "Travel", "Pro")),
    "Books": (("Novel", "Cookbook", "Atlas", "Poems", "Biography", "Picture Book", "Crime Story", "Guide"),
              ("Istanbul", "Winter", "Silent", "Collected", "Illustrated", "Lost", "Garden", "Night", "Sea")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product; price of one piece in the smallest unit, margin in 1/10,000 of the price."""

    product_id: str
    title: str
    category: str
    mall: str
    price_minor: int
    margin_bp: int
    stock: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The products, and the same as arrays by product number (category, tier, mall, price, margin)."""

    products: tuple[ProductRow, ...]
    categories: tuple[str, ...]
    malls: tuple[str, ...]
    payments: tuple[str, ...]
    category: NDArray[np.int8]
    tier: NDArray[np.int8]
    mall: NDArray[np.int8]
    price_minor: NDArray[np.int64]
    margin_bp: NDArray[np.int64]
    first: NDArray[np.int64]  # by category * TIERS + tier: number of the group's first product
    size: NDArray[np.int64]  # by category * TIERS + tier: how many products the group has


@cache
def catalogue() -> Catalogue:
    """The goods of every simulated mall; the most popular of each group of a category and a tier come first."""
    sizes = np.repeat(np.array(PER_TIER, dtype=np.int64), TIERS)
    group = np.repeat(np.arange(len(sizes)), sizes)
    category, tier = (group // TIERS).astype(np.int8), (group % TIERS).astype(np.int8)
    base = draws.bases(draws.seed_word(0, STREAM), np.arange(len(group)))
    medians = np.array([median for _, median in CATEGORIES.values()], dtype=np.float64)
    spread = exp(PRICE_SPREAD * normal(draws.uniform(draws.words(base, 0, 0))))
    price = np.rint(medians[category] * np.array(TIER_PRICES)[tier] * spread).astype(np.int64)
    shares = np.cumsum(np.array(list(MALLS.values())))
    mall = np.searchsorted(shares[:-1], draws.uniform(draws.words(base, 0, 1)), side="right").astype(np.int8)
    margin = np.array(MARGINS_BP, dtype=np.int64)[category]
    stock = draws.bits(draws.words(base, 0, 2), 0, 8) + 20
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    names = tuple(CATEGORIES)
    rows = tuple(
        ProductRow(
            product_id=f"p{draws.mix(number + 1) & 0xFFFFFFFFFF:010x}",
            title=_title(names[category[number]], number - int(first[group[number]]), int(tier[number])),
            category=names[category[number]],
            mall=tuple(MALLS)[mall[number]],
            price_minor=int(price[number]),
            margin_bp=int(margin[number]),
            stock=int(stock[number]),
        )
        for number in range(len(group))
    )
    return Catalogue(
        rows, names, tuple(MALLS), tuple(PAYMENTS), category, tier, mall, price, margin, first, sizes
    )


def _title(category: str, number: int, tier: int) -> str:
    """A title that no other product of its category has: adjective, noun, and a line of the house."""
    nouns, adjectives = SUBCATEGORIES[category]
    line = ("Basic", "Select", "Premium")[tier]
    noun, rest = nouns[number % len(nouns)], number // len(nouns)
    adjective, edition = adjectives[rest % len(adjectives)], rest // len(adjectives)
    return f"{adjective} {noun} {line}" + (f" {edition + 1}" if edition else "")


def subcategory_of(product: ProductRow) -> str:
    """The noun of the product's title, its sub-category: Dress, Boots, Novel."""
    return next(noun for noun in SUBCATEGORIES[product.category][0] if f" {noun} " in f" {product.title} ")
