"""Shoppers for tests of segments: four kinds that are easy to tell apart, and newcomers."""

from typing import Any

import numpy as np

from engine.contracts import Progress
from engine.segments import fit
from engine.segments.columns import ShopperColumns
from engine.segments.compare import Past
from engine.segments.fit import Built, Fitted

NOW_MS = 1_779_278_400_000


def columns(n: int = 200, *, newcomers: int = 20, seed: int = 5, **changes: Any) -> ShopperColumns:
    """A quarter each of: buys and comes much, buys much, comes much, neither; then newcomers."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 4
    buys, comes = kind < 2, kind % 2 == 0
    # Ranks close the gap between two heaps of different values, so that most columns are the same within a kind.
    orders, visits = np.where(buys, 6.0, 1.0), np.where(comes, 30.0, 5.0)
    noise = rng.uniform(0.8, 1.25, n)
    given = {
        "spend_180d_minor": orders * 5_000 * noise,
        "orders_180d": orders,
        "days_since_last_order": np.where(buys, 5.0, 120.0),
        "visits_60d": visits,
        "median_active_seconds": np.where(comes, 300, 60) * noise,
        "pages_per_visit": np.where(comes, 9.0, 3.0),
        "days_since_last_visit": np.where(comes, 1.0, 40.0),
        "category_entropy": np.where(comes, 1.5, 0.4),
        "orders_ever": orders,
        "visits_ever": visits + 3,
        "orders_30d": np.where(buys, 2.0, 0.0),
        "buying_visits_60d": np.minimum(orders, visits),
    }
    new = dict.fromkeys(given, 0.0) | {"visits_60d": 1.0, "visits_ever": 1.0, "days_since_last_order": np.nan}
    whole = {name: np.append(values, np.full(newcomers, new[name])) for name, values in given.items()}
    return ShopperColumns(**whole | {name: np.asarray(value, dtype=float) for name, value in changes.items()})


def past(n: int = 400, *, seed: int = 6, chance: float | None = None) -> Past:
    """Who buys follows from what she spent, unless `chance` makes it the same for all."""
    rng = np.random.default_rng(seed)
    known = columns(n, seed=seed + 1)
    rate = np.where(known.orders_180d > 2, 0.6, 0.08) if chance is None else np.full(len(known), chance)
    bought = rng.random(len(known)) < rate
    return Past(known, bought, np.where(bought, rng.integers(500, 9_000, len(known)), 0).astype(float))


def done(steps: Any) -> Any:
    """What a generator of progress returns."""
    while True:
        try:
            assert isinstance(next(steps), Progress)
        except StopIteration as end:
            return end.value


def built(given: ShopperColumns | None = None, *, seed: int = 0, **more: Any) -> Built:
    """A model without its comparison, which takes seconds."""
    return fit.build(columns() if given is None else given, as_of_ms=NOW_MS, seed=seed, **more)


def fitted(
    given: ShopperColumns | None = None, before: Past | None = None, *, seed: int = 0, **more: Any
) -> Fitted:
    ticks = iter(range(10_000))
    found: Fitted = done(
        fit.fit(
            columns() if given is None else given,
            before,
            as_of_ms=NOW_MS,
            seed=seed,
            clock=lambda: float(next(ticks)),
            **more,
        )
    )
    return found
