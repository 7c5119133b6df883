"""What the crowd has done so far, counted by all its threads."""

import statistics
import threading
import time
from collections import Counter, deque
from typing import Any

KEPT = 10_000  # latencies; a crowd may walk for weeks
COUNTED = (
    "visits",
    "robots",
    "requests",
    "batches",
    "sent",
    "events",
    "repeated",
    "orders",
    "offered",
    "ignored",
    "seen",
    "dismissed",
    "redeemed",
    "refused",
    "lost",
)


class Tally:
    """`sent`: events made; `events`: taken as new by the mall; `lost`: requests that had no answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._latencies: deque[float] = deque(maxlen=KEPT)
        self._began = time.monotonic()

    def begin(self) -> None:
        """Seconds are counted from here."""
        self._began = time.monotonic()

    def add(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._counts[name] += number

    def answered(self, milliseconds: float) -> None:
        with self._lock:
            self._counts["requests"] += 1
            self._latencies.append(milliseconds)

    def to_json(self) -> dict[str, Any]:
        with self._lock:
            counts, latencies = dict(self._counts), list(self._latencies)
        seconds = time.monotonic() - self._began
        result: dict[str, Any] = {name: counts.get(name, 0) for name in COUNTED}
        cuts = (
            statistics.quantiles(latencies, n=100, method="inclusive") if len(latencies) > 1 else [0.0] * 99
        )
        return result | {
            "seconds": round(seconds, 1),
            "events_per_second": round(result["events"] / seconds, 2) if seconds else 0.0,
            "p50_ms": round(cuts[49], 1),
            "p99_ms": round(cuts[98], 1),
        }
