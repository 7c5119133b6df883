"""Coupons whose time is over end, and campaigns get back what was set aside for them.

The worker does so every minute; the job `expire_coupons` does all at once.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.contracts import Progress
from service_provider.jobs.kinds import JobResult, Steps
from service_provider.queries.jobs import JobRow
from service_provider.queries.orders import milliseconds
from service_provider.services import coupons
from service_provider.services.budgets import LedgerBroken

log = logging.getLogger(__name__)
BY = "expiry"
MOST_ROUNDS = 5  # at one look of the worker; the next one goes on


def sweep(now: datetime) -> int:
    """Ends some coupons and says how many; one query where there are none. The worker calls it every minute."""
    done = 0
    for _ in range(MOST_ROUNDS):
        try:
            ended = coupons.expire(by_label=BY, now_ms=milliseconds(now))
        except LedgerBroken:  # a defect: it is logged, and the worker's other work goes on
            log.exception("coupons could not be ended")
            return done
        if not ended:
            return done
        done += ended
    return done


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """All at once. It needs no checkpoint: what has ended is not met again."""
    done = 0
    yield Progress("Ending coupons", 0, 0)
    while ended := coupons.expire(by_label=BY, now_ms=milliseconds(now())):
        done += ended
        yield Progress("Ending coupons", done, done)

    def record() -> dict[str, Any]:
        return {"coupons": done}

    result: JobResult = record
    return result
