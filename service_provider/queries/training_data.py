"""The mall's visits as the log that models of churn learn from: as they were known at a moment, and nothing later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from engine.churn.windows import EventLog, make_log
from engine.contracts import NO_COUPON, ShopperStanding
from service_provider.models import Decision, Event, Membership, Visit

MOST_EVENTS = 3_000_000
"""Of the newest visits; about 100 bytes each while the log is made."""
ASKED = 900  # visits in one question
DAY_MS = 86_400_000
UNKNOWN = -1

Ints = NDArray[np.int64]
_Row = tuple[int, int, int, str, str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The log, how many visits and events it holds, and how many visits were too old for it."""

    log: EventLog
    visits: int
    events: int
    left_out: int


def read(as_of: datetime, *, most_events: int = MOST_EVENTS) -> TrainingData:
    """People's visits whose events are all there, the newest first until `most_events`.

    Left out are robots, visits whose events were added up and removed, and events received after `as_of`.
    """
    until = _ms(as_of)
    known = _visits(until)
    kept = _newest(known, most_events)
    columns = [np.zeros((0, 7), dtype=np.int64)]
    codes = _Codes()
    for some in _pieces(sorted(kept)):
        columns.append(codes.rows(_events(some, until)))
    visit, at_ms, kind, product, category, price, quantity = np.concatenate(columns).T
    log = make_log(
        visit,
        np.array([kept[one].shopper for one in visit.tolist()], dtype=np.int64),
        at_ms,
        kind,
        product=product,
        category=category,
        price_minor=price,
        quantity=quantity,
        categories=tuple(codes.categories),
        standings=_standings(kept),
        **_treatments(kept, until),
    )
    return TrainingData(log, log.visits, len(visit), len(known) - len(kept))


def _pieces(keys: list[int], size: int = ASKED) -> Iterator[list[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


@dataclass(frozen=True, slots=True)
class _Visit:
    shopper: int
    started_ms: int
    events: int
    seen_ms: int  # when the shopper was first seen


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _visits(until: int) -> dict[int, _Visit]:
    """By id, the newest first."""
    rows = (
        Visit.objects.filter(is_bot=False, is_summed=False, started_ms__lte=until)
        .order_by("-last_ms", "-pk")
        .values_list("pk", "shopper_id", "started_ms", "event_count", "shopper__created_at")
    )
    return {
        pk: _Visit(shopper, started, events, _ms(created))
        for pk, shopper, started, events, created in rows.iterator(chunk_size=10_000)
    }


def _newest(visits: dict[int, _Visit], most_events: int) -> dict[int, _Visit]:
    kept, events = {}, 0
    for pk, visit in visits.items():
        events += visit.events
        if events > most_events:
            break
        kept[pk] = visit
    return kept


def _events(visits: list[int], until: int) -> Iterator[_Row]:
    rows = Event.objects.filter(visit__in=visits, received_ms__lte=until).order_by("visit_id", "pk")
    return rows.values_list(
        "visit_id", "occurred_ms", "kind", "product_id", "category", "price_minor", "quantity"
    ).iterator(chunk_size=10_000)


class _Codes:
    """Texts as numbers, as they come."""

    def __init__(self) -> None:
        self.categories: dict[str, int] = {}
        self._products: dict[str, int] = {}

    def rows(self, events: Iterable[_Row]) -> Ints:
        found = [
            (
                visit,
                at_ms,
                kind,
                self._products.setdefault(product, len(self._products)) if product else UNKNOWN,
                self.categories.setdefault(category, len(self.categories)) if category else UNKNOWN,
                UNKNOWN if price is None else price,
                UNKNOWN if quantity is None else quantity,
            )
            for visit, at_ms, kind, product, category, price, quantity in events
        ]
        return np.array(found, dtype=np.int64).reshape(-1, 7)


def _standings(visits: dict[int, _Visit]) -> dict[int, ShopperStanding]:
    """By visit: what was known of the shopper when it began."""
    stretches: dict[int, list[tuple[int, int | None, str, float, float]]] = {}
    for some in _pieces(sorted({visit.shopper for visit in visits.values()})):
        rows = Membership.objects.filter(shopper__in=some).order_by("from_at")
        told = rows.values_list(
            "shopper_id", "from_at", "until_at", "segment", "spending_score", "behaviour_score"
        )
        for shopper, start, end, segment, spending, behaviour in told:
            until = None if end is None else _ms(end)
            stretch = (_ms(start), until, segment, spending or 0.0, behaviour or 0.0)
            stretches.setdefault(shopper, []).append(stretch)
    return {pk: _standing(visit, stretches.get(visit.shopper, [])) for pk, visit in visits.items()}


def _standing(visit: _Visit, stretches: list[tuple[int, int | None, str, float, float]]) -> ShopperStanding:
    at, days = visit.started_ms, max(0, (visit.started_ms - visit.seen_ms) // DAY_MS)
    for start, end, segment, spending, behaviour in stretches:
        if start <= at and (end is None or at < end):
            return ShopperStanding(segment, spending, behaviour, days)
    return ShopperStanding(tenure_days=days)


def _treatments(visits: dict[int, _Visit], until: int) -> dict[str, dict[int, int] | dict[int, float]]:
    """By visit: when a coupon was first decided on, and the chance that none would be, as it was beforehand."""
    treated: dict[int, int] = {}
    chance: dict[int, float] = {}
    for some in _pieces(sorted(visits)):
        rows = Decision.objects.filter(visit__in=some, at_ms__lte=until).order_by("at_ms", "pk")
        for visit, at_ms, arm, propensities in rows.values_list("visit_id", "at_ms", "arm", "propensities"):
            if arm != NO_COUPON:
                treated.setdefault(visit, at_ms)
            if propensities:
                chance[visit] = chance.get(visit, 1.0) * float(propensities[NO_COUPON])
    return {"treated_at": treated, "untreated_chance": chance}
