"""What happens in a visit: events, and the state that folding them makes.

Moments are whole milliseconds since 1970 in UTC, money is in the smallest unit. These two are NamedTuples and
not dataclasses because a new one is made with every event: they are built three times as fast.
"""

from typing import NamedTuple

KINDS = (
    "page_view", "category_view", "product_view", "search", "add_to_cart", "remove_from_cart", "cart_view",
    "checkout", "purchase", "idle", "exit_intent",
)  # fmt: skip
"""Every kind of event, in the order in which states and features count them."""


class EventIn(NamedTuple):
    """One event as it comes in. Text that is not known is empty, a number that is not known is None."""

    event_id: str
    shopper_id: str
    visit_id: str
    occurred_at: int  # milliseconds since 1970 in UTC
    kind: str  # one of KINDS
    product_id: str = ""
    category: str = ""
    price_minor: int | None = None  # of one piece
    quantity: int | None = None


class Line(NamedTuple):
    """One line of a basket."""

    product_id: str
    category: str
    price_minor: int  # of one piece; 0 where it was not known
    quantity: int


class CategoryCount(NamedTuple):
    """What a visit did in one category."""

    category: str
    views: int  # category and product views, and searches that name it
    adds: int
    last_seen: int  # the version of the state at its last event that was not late; 0 where all were


class VisitState(NamedTuple):
    """A visit so far: what `engine.visit.fold` makes of its events, in the order of their receipt.

    Counts grow with every event; gaps, `trail` and the last category, product and price only with events that
    are not late (a late one happened before the latest one known). Everything is bounded (see engine/visit.py).
    """

    visit_id: str
    shopper_id: str
    version: int  # events folded
    started_at: int  # the earliest moment, 0 before the first event
    last_at: int  # the latest moment
    counts: tuple[int, ...]  # by KINDS
    late: int  # events that came after a later one
    last_gap_ms: int
    gap_sum_ms: int
    gap_max_ms: int
    categories: tuple[
        CategoryCount, ...
    ]  # in the order of their receipt; the twelfth has no name, it is the rest
    last_category: str
    last_product: str
    trail: bytes  # the last events, three bytes each, the newest last: see engine/visit.py
    viewed: tuple[int, ...]  # 32-bit marks of the products seen, to count different ones
    repeat_views: int  # views of a product that was seen before in this visit
    price_sum_minor: int  # of priced product views
    price_views: int
    price_min_minor: int
    price_max_minor: int
    basket: tuple[Line, ...]
    first_add_at: int  # the earliest add to cart known, 0 before it
    last_price_minor: int = 0  # of the last priced product view
    is_late: bool = False  # the newest event was late
