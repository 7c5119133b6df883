"""What was known of the shopper of each visit of a log when its week began: segments that were fitted before it."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from engine.churn.log import EventLog
from engine.contracts import KINDS, Progress, ShopperStanding
from engine.segments import fit, serve
from engine.segments.columns import DAY_MS, Ints
from engine.segments.logs import Log, columns_at

FITTED_AFTER = 1 / 3
"""Segments are fitted when so much of the log's time is over; visits before it know none."""
EVERY_MS = 7 * DAY_MS
_PURCHASE = KINDS.index("purchase")


def with_standings(log: EventLog, *, seed: int) -> Generator[Progress, None, EventLog]:
    """The log with a standing for each visit. FitRefused where too few have come again by the moment of the fit.

    Once a week everybody is put where she belongs, by what was over at that moment; the days of a shopper are counted
    from her first event in the log.
    """
    plain = plain_log(log)
    first, last = int(log.at_ms.min()), int(log.at_ms.max())
    moment = first + int((last - first) * FITTED_AFTER)
    yield Progress("Segments", 0, 0)
    model = fit.build(columns_at(plain, moment), as_of_ms=moment, seed=seed).model
    tenure = _tenure(plain)
    standings = [ShopperStanding(tenure_days=days) for days in tenure.tolist()]
    codes: list[str] | None = None
    while moment <= last:
        yield Progress("Segments week by week", moment - first, last - first)
        found = serve.assign(model, columns_at(plain, moment), codes)
        codes = found.codes.tolist()
        spending, behaviour = (np.nan_to_num(scores) for scores in (found.spending, found.behaviour))
        began = plain.visit_started_ms
        for visit in np.flatnonzero((began >= moment) & (began < moment + EVERY_MS)).tolist():
            who = int(plain.visit_shopper[visit])
            standings[visit] = ShopperStanding(
                codes[who], float(spending[who]), float(behaviour[who]), int(tenure[visit])
            )
        moment += EVERY_MS
    return replace(log, standings=standings)


def plain_log(log: EventLog) -> Log:
    """The same events as segments are made from: visits, an order for each that buys, and categories."""
    bounds = log.bounds()[:-1]
    started, ended = np.full(log.visits, np.iinfo(np.int64).max), np.zeros(log.visits, dtype=np.int64)
    np.minimum.at(started, log.visit, log.at_ms)
    np.maximum.at(ended, log.visit, log.at_ms)
    paid = log.kind == _PURCHASE
    buying, order = np.unique(log.visit[paid], return_inverse=True)
    worth = np.where(log.price_minor >= 0, log.price_minor, 0) * np.maximum(log.quantity, 1)
    placed = np.zeros(len(buying), dtype=np.int64)
    np.maximum.at(placed, order, log.at_ms[paid])
    named = log.category >= 0
    return Log(
        shoppers=int(log.shopper.max(initial=-1)) + 1,
        visit_shopper=log.shopper,
        visit_started_ms=started,
        visit_last_ms=ended,
        visit_events=np.diff([*bounds.tolist(), len(log.visit)]).astype(np.int64),
        order_shopper=log.shopper[buying],
        order_visit=buying,
        order_placed_ms=placed,
        order_minor=np.bincount(order, weights=worth[paid], minlength=len(buying)).astype(np.int64),
        event_visit=log.visit[named],
        event_category=log.category[named].astype(np.int64),
    )


def _tenure(log: Log) -> Ints:
    """(visits,) whole days since the shopper's first event."""
    first = np.full(log.shoppers, np.iinfo(np.int64).max)
    np.minimum.at(first, log.visit_shopper, log.visit_started_ms)
    return np.asarray((log.visit_started_ms - first[log.visit_shopper]) // DAY_MS, dtype=np.int64)
