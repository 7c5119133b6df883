"""What a browser sends, for tests: one event a second, the last of them just now."""

from typing import Any

import make

from service_provider.services import intake
from service_provider.services.intake import Batch, Sent, Taken

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NOW = round(make.NOON.timestamp() * 1000)


def sent(name: str = "e-1", kind: str = "page_view", at: int | None = NOW, **fields: Any) -> Sent:
    return Sent(name, kind, at, **fields)


def clicks(count: int, *, start: int = 0, every: int = SECOND, until: int = NOW) -> list[Sent]:
    """So many page views, named by their number, the last one at `until`."""
    last = start + count - 1
    return [sent(f"e-{n}", at=until - (last - n) * every) for n in range(start, start + count)]


def record(
    *events: Sent, who: str = "S1", now_ms: int = NOW, sent_at: int | None = None, **given: Any
) -> Taken:
    """One batch from a browser whose clock is right unless `sent_at` says otherwise."""
    batch = Batch(events, now_ms if sent_at is None else sent_at)
    return intake.record(batch, shopper_key=who, now_ms=now_ms, **given)
