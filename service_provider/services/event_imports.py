"""Events of the past: stored once each, with their shoppers, visits and orders.

A batch is a transaction of its own, so that others may write in between. Nothing is lost by that: an event's id is a
hash of its row, so that an import which was stopped is completed by running it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import compress, repeat
from typing import Any, Self

from django.db import connection, transaction

from engine.contracts import KINDS
from service_provider.adapters.event_files.columns import Events, milliseconds
from service_provider.adapters.ledger import bulk
from service_provider.models import Event, Order, OrderLine, Shopper
from service_provider.queries import mall, retention
from service_provider.queries.access import Actor
from service_provider.services import audit, event_visits, past_events
from service_provider.services.event_visits import Pair

PURCHASE = KINDS.index("purchase")
ATTEMPTS = 5
FEW = 20
_EVENT = (
    "event_id", "occurred_ms", "received_ms", "kind", "product_id", "category", "price_minor", "quantity", "visit_id",
)  # fmt: skip


class Overtaken(Exception):
    """Another import stored some of these events between our look and our write."""

    def __init__(self) -> None:
        super().__init__("Another import writes the same events. Wait until it is done, then run this again.")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of events: `added`, or `known` already; and what new rows they made.

    `unpriced` are purchases without a price: stored as events, but no order can be made of them. `removed` are of
    visits that were added up already: left out. `old` were added, but are older than the mall keeps events.
    """

    added: int = 0
    known: int = 0
    shoppers: int = 0
    visits: int = 0
    orders: int = 0
    unpriced: int = 0
    removed: int = 0
    old: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(int.__add__, astuple(self), astuple(other)))


def record(events: Events, *, now: datetime) -> Recorded:
    """Stores the events that are new, all or none of this batch."""
    # Mostly all of a batch is new or all of it is known. Only where a few say otherwise each of them is looked up.
    new = events if _look_new(events) else None
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _record(events, new or _unknown(events), now=now)
        except Overtaken:
            new = None
    raise Overtaken


def _look_new(events: Events) -> bool:
    """Whether no id comes twice and a few of them are unknown: what the insert itself will prove."""
    few = events.ids[:: max(1, len(events.ids) // FEW)]
    is_once = len(set(events.ids)) == len(events.ids)
    return is_once and not bulk.find(Event, "event_id", few, fetch=["event_id"])


def close(recorded: Recorded, name: str, *, by: Actor, now: datetime) -> None:
    """Writes into the audit log what an import that has come to its end did."""
    audit.record(by, "import_events", "events", name[:64], now=now, detail=asdict(recorded))


def _record(events: Events, new: Events, *, now: datetime) -> Recorded:
    known, looked_at = len(events.ids) - len(new.ids), len(new.ids)
    new = past_events.leave_out(new)
    removed = looked_at - len(new.ids)
    if not new.ids:
        return Recorded(known=known, removed=removed)
    shoppers, shoppers_made = _shoppers(_first_seen(new, now=now))
    visits, visits_made = event_visits.extend(new, shoppers)
    pairs = list(zip(new.shoppers, new.visits, strict=True))
    visit_ids = [visits[pair][1] for pair in pairs]
    rows = zip(
        new.ids, new.moments, repeat(milliseconds(now)), new.kinds, new.products, new.categories, new.prices,
        new.quantities, visit_ids, strict=False,
    )  # fmt: skip
    if bulk.insert_new(Event, _EVENT, rows) != len(new.ids) or past_events.is_any(visit_ids):
        raise Overtaken  # or one of the visits was added up meanwhile
    orders_made, unpriced = _order(new, shoppers, visits)
    return Recorded(
        len(new.ids), known, shoppers_made, visits_made, orders_made, unpriced, removed, _old(new, now=now)
    )


def _old(events: Events, *, now: datetime) -> int:
    """How many the next removal of old events will add up."""
    until_ms = retention.limit_ms(days=mall.get_settings().keep_events_days, now=now)
    return sum(moment < until_ms for moment in events.moments)


def _unknown(events: Events) -> Events:
    """The events that are not stored yet, each once."""
    seen = {event_id for (event_id,) in bulk.find(Event, "event_id", events.ids, fetch=["event_id"])}
    is_new = []
    for event_id in events.ids:
        is_new.append(event_id not in seen)
        seen.add(event_id)
    columns: Iterable[Iterable[Any]] = events
    return Events.of(list(compress(column, is_new)) for column in columns)


def _first_seen(events: Events, *, now: datetime) -> dict[str, datetime]:
    """When each shopper was first seen in this batch; a clock that runs ahead makes nobody come from the future."""
    first: dict[str, int] = {}
    for key, moment in zip(events.shoppers, events.moments, strict=True):
        first[key] = min(moment, first.get(key, moment))
    return {key: min(now, datetime.fromtimestamp(moment / 1000, UTC)) for key, moment in first.items()}


def _shoppers(moments: Mapping[str, datetime]) -> tuple[dict[str, int], int]:
    """Key -> id of every shopper, who a visitor turned out to be, and how many are new."""
    found = past_events.owners_of(moments)
    missing = sorted(key for key in moments if key not in found)
    if not missing:
        return found, 0
    created_at = Shopper._meta.get_field("created_at")
    rows = [(key, created_at.get_db_prep_save(moments[key], connection)) for key in missing]
    made = bulk.insert_new(Shopper, ["key", "created_at"], rows)
    return found | past_events.owners_of(missing), made


# ---- orders -----------------------------------------------------------------------------------------


def order_key(visit_key: str, placed_ms: int) -> str:
    """What is bought in one visit at one moment is one order."""
    return blake2b(f"{visit_key}\n{placed_ms}".encode(), digest_size=16).hexdigest()


def _order(events: Events, shoppers: dict[str, int], visits: dict[Pair, tuple[str, int]]) -> tuple[int, int]:
    """Orders and lines of the purchases; how many orders are new, and how many purchases had no price."""
    orders: dict[str, list[int]] = {}
    lines, unpriced = [], 0
    for place in [place for place, kind in enumerate(events.kinds) if kind == PURCHASE]:
        shopper, moment, price = events.shoppers[place], events.moments[place], events.prices[place]
        if price is None:
            unpriced += 1
            continue
        visit_key, visit_id = visits[shopper, events.visits[place]]
        key = order_key(visit_key, moment)
        quantity = events.quantities[place] or 1  # a purchase is of one piece at least
        order = orders.setdefault(key, [shoppers[shopper], visit_id, moment, 0])
        order[3] += price * quantity
        lines.append((key, events.products[place], events.categories[place], price, quantity))
    return (_store_orders(orders, lines) if orders else 0), unpriced


def _store_orders(orders: dict[str, list[int]], lines: list[tuple[str, str, str, int, int]]) -> int:
    found = dict(bulk.find(Order, "key", orders, fetch=["key", "id"]))
    columns = ["key", "shopper_id", "visit_id", "placed_ms", "total_minor"]
    rows = [(key, *orders[key]) for key in sorted(orders)]
    bulk.add_up(Order, "key", columns, rows, sums=["total_minor"])
    new = [key for key in orders if key not in found]
    ids = found | dict(bulk.find(Order, "key", new, fetch=["key", "id"]))
    columns = ["order_id", "product_id", "category", "price_minor", "quantity"]
    bulk.insert(OrderLine, columns, [(ids[key], *rest) for key, *rest in lines])
    return len(new)
