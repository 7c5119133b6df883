"""Events as they come in: stored once each and folded into the state of their visit, in one transaction a batch.

Of a browser only what it alone can know is believed: what was clicked and how long ago. Moments are set right by
the receipt, categories and prices are the catalogue's, and what was bought says the order service (`record_order`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

from engine import visit
from engine.contracts import KINDS, EventIn
from service_provider.adapters.ledger import bulk
from service_provider.models import Product
from service_provider.services import intake_store, searches
from service_provider.services.intake_store import UNLIMITED, Arrival, Taken
from service_provider.services.turns import TooMany

__all__ = ["Batch", "Bought", "Sending", "Sent", "Taken", "TooMany", "record", "record_all", "record_order"]

OLDEST_MS = 24 * 3_600_000  # what waited longer in a browser is dated by its receipt
OF_ORDERS = frozenset({"checkout", "purchase"})
OF_BROWSERS = frozenset(KINDS) - OF_ORDERS
_WITH_QUANTITY = frozenset({"add_to_cart", "remove_from_cart"})

Products = dict[str, tuple[str, int | None]]
"""Category and price by the number of the product."""


class Sent(NamedTuple):
    """One event as a browser tells it; `at` is its own clock, in milliseconds."""

    event_id: str
    kind: str
    at: int | None = None
    product_id: str = ""
    category: str = ""
    quantity: int | None = None
    words: str = ""  # of a search


@dataclass(frozen=True, slots=True)
class Batch:
    """What a browser sent at once; `sent_at` is its own clock when it did."""

    events: tuple[Sent, ...]
    sent_at: int | None = None


class Bought(NamedTuple):
    """One line of an order."""

    product_id: str
    category: str
    price_minor: int  # of one piece, as it was paid
    quantity: int


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch at the door: whose it is and when it came.

    `clock_ms` stands in for the moment of receipt where a simulated shopper lives in a time of her own.
    """

    batch: Batch
    shopper_key: str
    now_ms: int
    clock_ms: int | None = None
    is_robot: bool = False
    most: int = UNLIMITED  # events a minute


def record(
    batch: Batch,
    *,
    shopper_key: str,
    now_ms: int,
    clock_ms: int | None = None,
    most: int = UNLIMITED,
    is_robot: bool = False,
) -> Taken:
    """Stores the events that are new, in the order of the batch.

    TooMany where the browser sent over `most` events in this minute; Overtaken where others kept writing.
    """
    (taken,) = record_all([Sending(batch, shopper_key, now_ms, clock_ms, is_robot, most)])
    if isinstance(taken, TooMany):
        raise taken
    return taken


def record_all(sendings: Sequence[Sending]) -> list[Taken | TooMany]:
    """Stores several batches in one transaction, one after the other, and says what became of each.

    After an error, Overtaken for instance, none of them is stored.
    """
    believed = _believe(sendings)
    arrivals = [arrival for arrival, _, _ in believed if arrival.events]
    stored = iter(intake_store.store(arrivals) if arrivals else ())
    taken = [next(stored) if arrival.events else Taken() for arrival, _, _ in believed]
    return [
        one if isinstance(one, TooMany) else replace(one, ignored=ignored, misdated=misdated)
        for one, (_, ignored, misdated) in zip(taken, believed, strict=True)
    ]


def record_order(key: str, lines: Sequence[Bought], *, shopper_key: str, now_ms: int) -> Taken:
    """Writes the checkout and the purchases of an order into the shopper's visit, once. Joins a transaction."""
    name = blake2b(key.encode(), digest_size=16).hexdigest()
    events = [EventIn(f"order:{name}:checkout", "", "", now_ms, "checkout")]
    events += [
        EventIn(f"order:{name}:{number}", "", "", now_ms, "purchase", *line)
        for number, line in enumerate(lines, start=1)
    ]
    (taken,) = intake_store.store([Arrival(events, shopper_key, now_ms)])
    if isinstance(taken, TooMany):
        raise taken
    return taken


# ---- what is believed -------------------------------------------------------------------------------


def _believe(sendings: Sequence[Sending]) -> list[tuple[Arrival, int, int]]:
    """Each batch with moments and prices of ours, how many events were left out, how many moments not believed."""
    events = [event for sending in sendings for event in sending.batch.events if event.kind in OF_BROWSERS]
    products = _products({event.product_id for event in events if event.product_id})
    known = {category for category, _ in products.values()}
    categories = known | _categories({event.category for event in events if event.category} - known)
    return [_believe_one(sending, products, categories) for sending in sendings]


def _believe_one(sending: Sending, products: Products, categories: set[str]) -> tuple[Arrival, int, int]:
    clock_ms = sending.clock_ms or sending.now_ms
    sent_at = clock_ms if sending.batch.sent_at is None else sending.batch.sent_at
    events, words, misdated = [], {}, set()
    for event_id, kind, at, product_id, told, quantity, searched in sending.batch.events:
        if kind not in OF_BROWSERS:
            continue
        age = 0 if at is None else sent_at - at
        is_sound = 0 <= age <= OLDEST_MS
        if not is_sound:
            misdated.add(event_id)
        moment = clock_ms - age if is_sound else clock_ms
        known = products.get(product_id)
        category, price = known or (told if told in categories else "", None)
        product = product_id if known else ""
        pieces = quantity if kind in _WITH_QUANTITY else None
        events.append(EventIn(event_id, "", "", moment, kind, product, category, price, pieces))
        if searched and kind == "search":
            words[event_id] = searches.plain(searched)
    arrival = Arrival(
        events, sending.shopper_key, sending.now_ms, sending.is_robot, sending.most, words, sending.clock_ms,
        frozenset(misdated),
    )  # fmt: skip
    return arrival, len(sending.batch.events) - len(events), len(misdated)


def _products(ids: set[str]) -> Products:
    """Category and price of those that the catalogue has."""
    fetch = ["product_id", "category", "price_minor"]
    rows = bulk.find(Product, "product_id", ids, fetch=fetch) if ids else []
    return {key: (category, price if price <= visit.MOST_MINOR else None) for key, category, price in rows}


def _categories(names: set[str]) -> set[str]:
    if not names:
        return set()
    return set(Product.objects.filter(category__in=names).values_list("category", flat=True).distinct())
