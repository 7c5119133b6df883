"""The job `clear_sessions`: sessions that have ended are swept out, some at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.contracts import Progress
from service_provider.jobs.kinds import JobResult, Steps
from service_provider.queries.jobs import JobRow
from service_provider.services import sessions


def run(
    job: JobRow, *, checkpoint: bytes | None, now: Callable[[], datetime], clock: Callable[[], float]
) -> Steps:
    """It has no arguments and needs no checkpoint: what is gone is gone."""
    total, done = sessions.count_ended(now=now()), 0
    yield Progress("Sweeping", done, total)
    while gone := sessions.clear_some(now=now()):
        done += gone
        yield Progress("Sweeping", min(done, total), total)

    def record() -> dict[str, Any]:
        return {"sessions": done}

    result: JobResult = record
    return result
