"""Small logs of the simulated mall, made once, and what a learner makes of one: features, event by event."""

from collections.abc import Iterable
from functools import cache

import numpy as np

from engine.contracts import KINDS, EventIn, VisitState
from engine.features import vector
from engine.simulate import history
from engine.simulate.mall.catalogue import catalogue
from engine.simulate.mall.columns import Day, EventColumns
from engine.simulate.mall.days import WorldSettings
from engine.visit import empty, fold

SETTINGS = WorldSettings(shoppers=1_600, days=6, seed=31)


@cache
def log(settings: WorldSettings = SETTINGS) -> tuple[Day, ...]:
    """The days of this mall, with its legacy rule and its random slice."""
    return tuple(history.days(settings))


def moments(events: EventColumns) -> np.ndarray:
    return np.maximum(events.received_ms, events.occurred_ms)


def features_at(
    events: EventColumns, wanted: Iterable[tuple[int, int]], *, repeats_count: bool = False
) -> dict[tuple[int, int], bytes]:
    """The features of (visit, step) at the moment its event came in, from events in the order of receipt.

    An event is its visit and step, and the second of two is refused as the capture door does, unless
    `repeats_count`. What has not come in is left out.
    """
    wanted, found, seen = set(wanted), {}, set()
    visits = {visit for visit, _ in wanted}
    states: dict[int, VisitState] = {}
    for key, event in _read(events, visits):
        if key in seen and not repeats_count:
            continue
        seen.add(key)
        state = fold(states.get(key[0]) or empty(event.visit_id, event.shopper_id), event)
        states[key[0]] = state
        if key in wanted:
            found[key] = np.array(vector(state), dtype=np.int64).tobytes()
    return found


def _read(events: EventColumns, visits: set[int]) -> Iterable[tuple[tuple[int, int], EventIn]]:
    goods = catalogue()
    rows = np.flatnonzero(np.isin(events.visit, list(visits)))
    names = (
        "visit",
        "step",
        "shopper",
        "occurred_ms",
        "kind",
        "product",
        "category",
        "price_minor",
        "quantity",
    )
    for visit, step, shopper, at, kind, product, category, price, pieces in zip(
        *(getattr(events, name)[rows].tolist() for name in names), strict=True
    ):
        yield (visit, step), EventIn(
            f"{visit}-{step}", str(shopper), str(visit), at, KINDS[kind],
            goods.products[product].product_id if product >= 0 else "",
            goods.categories[category] if category >= 0 else "",
            price if price >= 0 else None, pieces if pieces > 0 else None,
        )  # fmt: skip
