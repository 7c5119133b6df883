"""{% product_picture product %}: a drawing made of a product's id, category and title, the same every time."""

from hashlib import sha256
from typing import Protocol

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# What stands for a category, on a field of 100 by 100; other categories show their first letter.
SIGNS = {
    "clothing": "M36 24 20 33l7 14 8-4v37h30V43l8 4 7-14-16-9c-5 8-23 8-28 0z",
    "cosmetics": "M43 20h14v13h-14zM36 37h28a4 4 0 0 1 4 4v35a5 5 0 0 1-5 5H37a5 5 0 0 1-5-5V41a4 4 0 0 1 4-4z",
    "food-beverage": "M24 36h44v6h5a11 11 0 0 1 0 22h-7a18 18 0 0 1-16 10h-8a18 18 0 0 1-18-18zM22 78h50v4H22z",
    "shoes": "M20 38h16l10 14 22 7c9 3 12 8 12 17H20z",
    "toys": "M50 16 74 44 52 74c8 5-7 7 1 13h-6c-7-6 6-7 1-13L26 44z",
    "souvenir": "M20 34h60v13H20zM24 51h23v31H24zm29 0h23v31H53zM50 33C36 33 34 18 42 18s8 9 8 15c0-6 0-15 8-15z",
    "technology": "M22 24h56a4 4 0 0 1 4 4v34a4 4 0 0 1-4 4H58v8h9v6H33v-6h9v-8H22a4 4 0 0 1-4-4V28a4 4 0 0 1 4-4z",
    "books": "M48 30c-6-5-15-6-28-6v50c13 0 22 1 28 6zM52 30c6-5 15-6 28-6v50c-13 0-22 1-28 6z",
}


class Pictured(Protocol):
    @property
    def product_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def category_slug(self) -> str: ...


@register.simple_tag
def product_picture(product: Pictured) -> SafeString:
    """An inline SVG of about half a kilobyte, named by the product's title."""
    draw = sha256(product.product_id.encode()).digest()
    hue = (draw[0] * 256 + draw[1]) % 360
    return format_html(
        '<svg class="picture" viewBox="0 0 100 100" role="img"><title>Drawing of {title}</title>'
        '<path fill="hsl({hue} 45% 91%)" d="M0 0h100v100H0z"/>'
        '<circle cx="{x}" cy="{y}" r="{r}" fill="hsl({other} 50% 83%)"/>'
        '<circle cx="{y}" cy="{small}" r="7" fill="hsl({hue} 50% 80%)"/>{sign}</svg>',
        title=product.title,
        hue=hue,
        other=(hue + 40 + draw[2] % 80) % 360,
        x=20 + draw[3] % 60,
        y=25 + draw[4] % 55,
        r=24 + draw[5] % 22,
        small=12 + draw[6] % 20,
        sign=_sign(product, f"hsl({hue} 42% 36%)", turn=draw[7] % 17 - 8),
    )


def _sign(product: Pictured, colour: str, *, turn: int) -> SafeString:
    path = SIGNS.get(product.category_slug)
    turned = mark_safe(f'transform="rotate({turn} 50 50)"')  # noqa: S308  # a number
    if path:
        return format_html('<path fill="{}" {} d="{}"/>', colour, turned, path)
    letter = (product.category or product.title)[:1].upper()
    return format_html(
        '<text x="50" y="67" font-size="48" text-anchor="middle" fill="{}" {}>{}</text>',
        colour,
        turned,
        letter,
    )
