"""A checked event file as the log that segments are made from: visits, orders and categories as arrays."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from engine.contracts import KINDS
from engine.segments.columns import Ints
from engine.segments.logs import Log
from service_provider.adapters.event_files.columns import Events

_PURCHASE = KINDS.index("purchase")
_NO_MOMENT = np.iinfo(np.int64).max


@dataclass(slots=True)
class _Numbers:
    """A number for each different text, in the order in which it came."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, texts: Iterable[str]) -> list[int]:
        known = self.known
        return [known.setdefault(text, len(known)) for text in texts]


def _column() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class LogBuilder:
    """Takes an event file a batch at a time. Forty bytes an event are kept, and none of its text."""

    shoppers: _Numbers = field(default_factory=_Numbers)
    visits: _Numbers = field(default_factory=_Numbers)
    categories: _Numbers = field(default_factory=_Numbers)
    _shopper: "array[int]" = field(default_factory=_column)
    _visit: "array[int]" = field(default_factory=_column)
    _moment: "array[int]" = field(default_factory=_column)
    _category: "array[int]" = field(default_factory=_column)  # -1: none
    _paid: "array[int]" = field(default_factory=_column)  # -1: no purchase

    def add(self, events: Events) -> None:
        shoppers = self.shoppers.of(events.shoppers)
        self._shopper.extend(shoppers)
        # A visit belongs to one shopper: where two shared a key, they would be two visits.
        self._visit.extend(
            self.visits.of(f"{who}\n{key}" for who, key in zip(shoppers, events.visits, strict=True))
        )
        self._moment.extend(events.moments)
        self._category.extend(
            place if name else -1
            for place, name in zip(self.categories.of(events.categories), events.categories, strict=True)
        )
        self._paid.extend(
            (price or 0) * (quantity or 1) if kind == _PURCHASE else -1
            for kind, price, quantity in zip(events.kinds, events.prices, events.quantities, strict=True)
        )

    def keys(self) -> list[str]:
        """The shoppers by number."""
        return list(self.shoppers.known)

    @property
    def last_ms(self) -> int:
        """The moment of the last event; at least one has been added."""
        return int(max(self._moment))

    def log(self) -> Log:
        shopper, visit, moment = map(_array, (self._shopper, self._visit, self._moment))
        category, paid = _array(self._category), _array(self._paid)
        size = len(self.visits.known)
        started, last = np.full(size, _NO_MOMENT), np.zeros(size, dtype=np.int64)
        np.minimum.at(started, visit, moment)
        np.maximum.at(last, visit, moment)
        of_visit = np.zeros(size, dtype=np.int64)
        of_visit[visit] = shopper
        bought = np.flatnonzero(paid >= 0)
        order, place = np.unique(np.stack([visit[bought], moment[bought]]), axis=1, return_inverse=True)
        total = np.zeros(order.shape[1], dtype=np.int64)
        np.add.at(total, place.reshape(-1), paid[bought])
        named = np.flatnonzero(category >= 0)
        return Log(
            shoppers=len(self.shoppers.known),
            visit_shopper=of_visit,
            visit_started_ms=started,
            visit_last_ms=last,
            visit_events=np.bincount(visit, minlength=size).astype(np.int64),
            order_shopper=of_visit[order[0]],
            order_visit=order[0],
            order_placed_ms=order[1],
            order_minor=total,
            event_visit=visit[named],
            event_category=category[named],
        )


def _array(column: "array[int]") -> Ints:
    return np.frombuffer(column, dtype=np.int64) if len(column) else np.zeros(0, dtype=np.int64)
