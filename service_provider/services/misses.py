"""Counts what was not done, and why."""

from service_provider.adapters.ledger import bulk
from service_provider.models import Miss

HOUR_MS = 3_600_000
DEADLINE, MODEL, POLICY = "deadline", "model", "policy"


def count(reason: str, *, now_ms: int, times: int = 1) -> None:
    """So many more in this hour, in one statement."""
    bulk.add_up(
        Miss, ("hour_ms", "reason"), ("hour_ms", "reason", "count"), [(now_ms - now_ms % HOUR_MS, reason, times)],
        sums=("count",),
    )  # fmt: skip
