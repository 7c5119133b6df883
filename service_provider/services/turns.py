"""Whose turn it is: shoppers' rows are held until their events are stored, and floods refused. Part of `intake`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from service_provider.adapters.ledger import bulk
from service_provider.models import Shopper
from service_provider.services import visitors
from service_provider.services.open_visits import Overtaken

MINUTE_MS = 60_000
_BUSY = ("busy_minute", "busy_events")
_COLUMNS = ("id", "key", "merged_into_id", *_BUSY)


class TooMany(Exception):
    """One browser sends more than anybody can click."""

    def __init__(self, most: int) -> None:
        super().__init__(f"These are more than {most} events in a minute. Send them again a minute later.")


class Arriving(Protocol):
    """What must be known of a batch."""

    @property
    def shopper_key(self) -> str: ...

    @property
    def now_ms(self) -> int: ...

    @property
    def clock_ms(self) -> int | None: ...

    @property
    def most(self) -> int: ...

    def __len__(self) -> int: ...


@dataclass(slots=True)
class Held:
    """A shopper whose row is ours until the end of the transaction; `read` is her count as it was."""

    shopper_id: int
    key: str
    minute: int
    busy: int
    read: tuple[int, int] = (0, 0)

    def count(self, batch: Arriving) -> bool:
        """Whether these events may come in, in this minute."""
        minute = (batch.clock_ms or batch.now_ms) // MINUTE_MS
        busy = len(batch) + (self.busy if self.minute == minute else 0)
        if busy > batch.most:
            return False
        self.minute, self.busy = minute, busy
        return True


def take(batches: Sequence[Arriving]) -> list[Held | TooMany]:
    """For each batch its shopper, or the refusal. Of one shopper's batches one after the other is stored."""
    held = _hold_all(batches)
    turns = [held[b.shopper_key] if held[b.shopper_key].count(b) else TooMany(b.most) for b in batches]
    changed = {h.shopper_id: h for h in held.values() if (h.minute, h.busy) != h.read}
    rows = [(h.minute, h.busy, h.shopper_id, *h.read) for _, h in sorted(changed.items())]
    if _count(rows) != len(rows):
        raise Overtaken  # she logged in between our look and our write
    return turns


def _count(rows: Sequence[tuple[int, ...]]) -> int:
    where, also = ("id", *_BUSY), "merged_into_id IS NULL"
    return bulk.change(Shopper, _BUSY, rows, where=where, also=also) if rows else 0


def _hold_all(batches: Sequence[Arriving]) -> dict[str, Held]:
    """Key -> the shopper behind it; who is quite new gets a row."""
    moments = {batch.shopper_key: batch.now_ms for batch in reversed(batches)}
    found = _hold("key", moments)
    if len(found) < len(moments):
        new = {key: moment for key, moment in moments.items() if key not in found}
        visitors.arrive({key: datetime.fromtimestamp(moment / 1000, UTC) for key, moment in new.items()})
        found |= _hold("key", new)
    merged = {row[2] for row in found.values() if row[2] is not None}
    owners = {row[0]: row for row in _hold("id", merged).values()} if merged else {}
    rows = {key: owners.get(row[2], row) for key, row in found.items()}
    held = {row[0]: Held(row[0], row[1], row[3], row[4], (row[3], row[4])) for row in rows.values()}
    return {key: held[row[0]] for key, row in rows.items()}


def _hold(column: str, values: Collection) -> dict[str, tuple]:
    """Rows by their key, held on MariaDB; on SQLite who writes is alone."""
    rows = bulk.find(Shopper, column, sorted(values), fetch=_COLUMNS, is_held=True)
    return {row[1]: row for row in rows}
