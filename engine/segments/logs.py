"""Columns of shoppers from plain logs: visits, orders and categories as arrays. What a database adds up itself."""

from dataclasses import dataclass

import numpy as np

from engine.segments.columns import DAY_MS, OUTCOME_DAYS, SPEND_DAYS, VISIT_DAYS, Floats, Ints, ShopperColumns
from engine.segments.compare import Past


@dataclass(frozen=True, slots=True)
class Log:
    """Arrays of int64; shoppers and visits are numbered from 0, moments are milliseconds since 1970 in UTC."""

    shoppers: int
    visit_shopper: Ints
    visit_started_ms: Ints
    visit_last_ms: Ints
    visit_events: Ints
    order_shopper: Ints
    order_visit: Ints
    order_placed_ms: Ints
    order_minor: Ints
    event_visit: Ints  # of the events that name a category
    event_category: Ints


def median_by(groups: Ints, values: Floats, *, size: int) -> Floats:
    """(size,) the median of the values of each group 0 .. size - 1; NaN where it has none."""
    order = np.lexsort((values, groups))
    ranked, count = values[order], np.bincount(groups, minlength=size)
    start = np.cumsum(count) - count
    found = np.full(size, np.nan)
    some = np.flatnonzero(count)
    low, high = start[some] + (count[some] - 1) // 2, start[some] + count[some] // 2
    found[some] = (ranked[low] + ranked[high]) / 2
    return found


def entropy_by(groups: Ints, counts: Floats, *, size: int) -> Floats:
    """(size,) Shannon entropy in nats of the counts (> 0) of each group; NaN where it has none."""
    total = np.bincount(groups, weights=counts, minlength=size)
    inner = np.bincount(groups, weights=counts * np.log(counts), minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.log(total) - inner / total
    return np.where(total > 0, np.maximum(found, 0.0), np.nan)


def seen(log: Log, as_of_ms: int) -> Ints:
    """The numbers of the shoppers known at that moment: a visit was over, or an order placed."""
    over = log.visit_last_ms <= as_of_ms
    placed = log.order_placed_ms <= as_of_ms
    return np.unique(np.concatenate([log.visit_shopper[over], log.order_shopper[placed]]))


def columns_at(log: Log, as_of_ms: int) -> ShopperColumns:
    """The columns of all shoppers of the log, known at that moment or not; nothing later is read."""
    size = log.shoppers
    order = np.flatnonzero(log.order_placed_ms <= as_of_ms)
    recent = order[log.order_placed_ms[order] > as_of_ms - SPEND_DAYS * DAY_MS]
    new = order[log.order_placed_ms[order] > as_of_ms - OUTCOME_DAYS * DAY_MS]
    over = np.flatnonzero(log.visit_last_ms <= as_of_ms)
    window = over[log.visit_last_ms[over] > as_of_ms - VISIT_DAYS * DAY_MS]
    visits = _count(log.visit_shopper[window], size)
    pages = _sum(log.visit_shopper[window], log.visit_events[window], size)
    seconds = (log.visit_last_ms[window] - log.visit_started_ms[window]) / 1000
    buying = np.intersect1d(log.order_visit[order], window)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_visit = np.where(visits > 0, pages / visits, np.nan)
    return ShopperColumns(
        spend_180d_minor=_sum(log.order_shopper[recent], log.order_minor[recent], size),
        orders_180d=_count(log.order_shopper[recent], size),
        days_since_last_order=_days_since(
            log.order_shopper[order], log.order_placed_ms[order], as_of_ms, size
        ),
        visits_60d=visits,
        median_active_seconds=median_by(log.visit_shopper[window], seconds, size=size),
        pages_per_visit=per_visit,
        days_since_last_visit=_days_since(log.visit_shopper[over], log.visit_last_ms[over], as_of_ms, size),
        category_entropy=_entropy(log, window),
        orders_ever=_count(log.order_shopper[order], size),
        visits_ever=_count(log.visit_shopper[over], size),
        orders_30d=_count(log.order_shopper[new], size),
        buying_visits_60d=_count(log.visit_shopper[buying], size),
    )


def past_of(log: Log, as_of_ms: int) -> Past | None:
    """Who was known 30 days before, and what she bought since; None where nobody was."""
    before = as_of_ms - OUTCOME_DAYS * DAY_MS
    known = seen(log, before)
    if not known.size:
        return None
    later = np.flatnonzero((log.order_placed_ms > before) & (log.order_placed_ms <= as_of_ms))
    spend = _sum(log.order_shopper[later], log.order_minor[later], log.shoppers)
    count = _count(log.order_shopper[later], log.shoppers)
    return Past(columns_at(log, before).take(known), count[known] > 0, spend[known])


def _count(shoppers: Ints, size: int) -> Floats:
    return np.bincount(shoppers, minlength=size).astype(np.float64)


def _sum(shoppers: Ints, amounts: Ints, size: int) -> Floats:
    return np.bincount(shoppers, weights=amounts, minlength=size).astype(np.float64)


def _days_since(shoppers: Ints, moments: Ints, as_of_ms: int, size: int) -> Floats:
    last = np.full(size, -1, dtype=np.int64)
    np.maximum.at(last, shoppers, moments)
    return np.where(last >= 0, (as_of_ms - last) / DAY_MS, np.nan)


def _entropy(log: Log, window: Ints) -> Floats:
    here = np.zeros(len(log.visit_shopper), dtype=np.bool_)
    here[window] = True
    kept = here[log.event_visit]
    shopper = log.visit_shopper[log.event_visit[kept]]
    most = int(log.event_category.max(initial=0)) + 1
    pairs, counts = np.unique(shopper * most + log.event_category[kept], return_counts=True)
    return entropy_by(pairs // most, counts.astype(np.float64), size=log.shoppers)
