"""Aggregates of a visit: what learners see of it. The same code trains, serves and streams.

Everything is a whole number (counts, milliseconds, smallest units of money, per mille), so that files and
processes agree to the last digit. Ids never enter; the words of categories enter only as equal or different.
Meaning of each: docs/algorithms/visit.md.
"""

from engine import trail as trails
from engine.contracts import KINDS, CategoryCount, VisitState

FEATURES_VERSION = 1
"""Grows whenever a name, its place or its meaning changes; an artefact says which one it was trained on."""

UNKNOWN = -1
"""Stands where there is nothing to measure: no event, no price, no add to cart."""

FEATURES: tuple[str, ...] = (
    "events", "page_views", "category_views", "product_views", "searches", "adds", "removals", "cart_views",
    "checkouts", "purchases", "idles", "exit_intents",
    "elapsed_ms", "last_gap_ms", "mean_gap_ms", "max_gap_ms",
    "distinct_products", "repeat_views",
    "categories", "top_category_permille", "is_in_top_category",
    "price_mean_minor", "price_min_minor", "price_max_minor", "price_place_permille",
    "basket_lines", "basket_value_minor", "basket_categories", "since_first_add_ms",
    "recent_1", "recent_2", "recent_3", "recent_restless", "search_permille",
    "hour_utc", "weekday_utc",
)  # fmt: skip

_VIEW, _SEARCH = KINDS.index("product_view"), KINDS.index("search")
_RESTLESS = frozenset({KINDS.index("idle"), KINDS.index("exit_intent")})
_NONE = (UNKNOWN, UNKNOWN, UNKNOWN)
_HOUR, _DAY, _THURSDAY = 3_600_000, 86_400_000, 3  # 1 January 1970 was a Thursday; Monday is 0


def vector(state: VisitState, *, now: int | None = None) -> tuple[int, ...]:
    """One whole number for each of FEATURES.

    `now` (milliseconds since 1970 in UTC) is the moment until which time is counted; without it, and where it
    lies before the last event, that event's own moment. Hour and weekday are of the last event and in UTC.
    """
    (
        _, _, version, started, last, counts, late, gap, gaps, gap_max, categories, last_category,
        _, trail, _, repeats, spent, priced, low, high, basket, added, last_price, _,
    ) = state  # fmt: skip
    moment = last if now is None or now < last or not version else now
    events = version or 1
    top, share = _top(categories)
    kinds = trails.kinds(trail, 5)
    newest, second, third = (*_NONE, *kinds)[:-4:-1]
    value = 0
    for _, _, price, pieces in basket:
        value += price * pieces
    return (
        version, *counts,
        moment - started, gap, gaps // max(version - late - 1, 1), gap_max,
        counts[_VIEW] - repeats, repeats,
        len(categories), share, 1 if top and top == last_category else 0,
        spent // priced if priced else UNKNOWN, low if priced else UNKNOWN, high if priced else UNKNOWN,
        _place(last_price, low, high) if priced else UNKNOWN,
        len(basket), value, len({line[1] for line in basket}), moment - added if added else UNKNOWN,
        newest, second, third, sum(map(_RESTLESS.__contains__, kinds)),
        1000 * counts[_SEARCH] // events,
        last // _HOUR % 24, (last // _DAY + _THURSDAY) % 7,
    )  # fmt: skip


def most_viewed(state: VisitState) -> str:
    """The category she viewed most, the one seen latest where several are; "" when none was viewed.

    This is what the published rule offers until a recommender exists. The rest beyond the bound of
    categories has no name and is never it.
    """
    return _top(state.categories)[0]


def _top(categories: tuple[CategoryCount, ...]) -> tuple[str, int]:
    """The category viewed most, and its share of all views per mille."""
    best, most, latest, total = "", 0, 0, 0
    for category, views, _, seen in categories:
        total += views
        if category and (views > most or (views == most > 0 and seen > latest)):
            best, most, latest = category, views, seen
    return best, 1000 * most // total if total else 0


def _place(price: int, low: int, high: int) -> int:
    """Where `price` lies from `low` to `high`, per mille; the middle where they are one."""
    return 1000 * (price - low) // (high - low) if high > low else 500
