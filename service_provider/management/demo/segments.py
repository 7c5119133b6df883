"""The demo's segments: fitted four weeks ago and again today, so that it can be seen who went where."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from service_provider.jobs.learning import segments as job
from service_provider.jobs.worker import Worker
from service_provider.management import terminal
from service_provider.queries import demo
from service_provider.queries.access import COMMAND
from service_provider.services import audit, jobs, learning

AGO = (timedelta(days=28), timedelta())
BETWEEN = timedelta(days=14)  # ago: shoppers are assigned once more without a fit


def settle(*, now: datetime, tell: Callable[[str], object]) -> None:
    """Fits, promotes and assigns as of each of those days; where there is too little, says so and goes on."""
    for ago in AGO:
        then = now - ago
        try:
            training, _ = terminal.watch(job.train(job.from_ledger(then), seed=0, clock=time.perf_counter))
        except job.UNFIT as refusal:
            tell(f"No segments as of {then:%d %b %Y}: {refusal}")
            continue
        learning.promote(learning.record(training, by=COMMAND, now=then), by=COMMAND, now=then)
        _work(then)
        if ago > BETWEEN:
            jobs.start(job.ASSIGN, args={}, by=COMMAND, now=now - BETWEEN, live_key=job.ASSIGN)
            _work(now - BETWEEN)
    audit.record(COMMAND, demo.SEGMENTED, "mall", 1, now=now)


def _work(then: datetime) -> None:
    """Walks what was due by then, as a worker would have."""
    Worker(name="load_demo segments", now=lambda: then, clock=time.monotonic).run_due()
