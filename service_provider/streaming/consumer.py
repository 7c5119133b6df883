"""The consumer: batches out of the stream into the ledger, acknowledged when they are committed, each stored once.

It may be killed anywhere. What it had in hand is handed out again when its leases end, in the old order; what it had
stored already is refused as a repeat. Batches that cannot be stored are put aside with a sentence.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

from service_provider.adapters.event_sink.shards import Shards
from service_provider.adapters.event_sink.stream import Away, Entry, Stream
from service_provider.services import event_wire, intake_door
from service_provider.services.event_wire import Unreadable
from service_provider.services.intake import Sending, Taken
from service_provider.services.intake_door import Outcome
from service_provider.services.open_visits import Overtaken

log = logging.getLogger(__name__)
AT_ONCE = 64  # batches of one shard
TOGETHER = 128  # batches in one transaction
REFRESH_MS = 3_000
WAIT_MS = 500
REST_S = 1.0
FRESH_MS = 30_000
"""A batch that waited longer is stored and not followed: what it tells of is over."""
NOT_ITS_FAULT = (OperationalError, InterfaceError, Overtaken)
"""Errors after which the same batch may well be stored: a database that is away, or that others keep busy."""


@dataclass(slots=True)
class Counted:
    """What this consumer did since it began."""

    batches: int = 0
    accepted: int = 0
    repeated: int = 0
    parked: int = 0


class TryLater(Exception):
    """Nothing can be stored just now; what is in hand stays in hand."""


class Consumer:
    def __init__(
        self,
        stream: Stream,
        name: str,
        *,
        now_ms: Callable[[], int],
        rest: Callable[[float], object],
        shards: Shards | None = None,
        follow: Callable[[Taken, Sending], object] | None = None,
    ) -> None:
        """`follow` is told of each batch that is stored and fresh: the offer that follows waits for its shopper."""
        self._stream, self._name, self._now_ms, self._rest = stream, name, now_ms, rest
        self._shards = shards or Shards(stream, name)
        self._follow = follow
        self._refreshed_ms = 0
        self._left_over: set[int] = set()  # shards whose unacknowledged batches come first
        self._is_open = False
        self.counted = Counted()

    def run(self, *, is_stopped: Callable[[], bool]) -> Counted:
        while not is_stopped():
            self.step()
        try:
            self._shards.leave()
        except Away:
            log.warning("Redis is away; the leases of this consumer end by themselves.")
        return self.counted

    def step(self) -> int:
        """Stores what is there next, or waits a moment; how many batches that were."""
        try:
            self._refresh()
            entries = self._next()
            self._store(entries)
        except Away as why:
            log.warning("Redis: %s. Trying again.", why)
        except TryLater as why:
            log.warning("%s Trying again.", why)
        else:
            return len(entries)
        self._is_open = False
        self._left_over |= set(self._shards.held)  # what was in hand is taken up again, in its order
        self._rest(REST_S)
        return 0

    def _refresh(self) -> None:
        now_ms = self._now_ms()
        if not self._is_open:
            self._stream.open()
            self._is_open, self._refreshed_ms = True, 0
        if abs(now_ms - self._refreshed_ms) >= REFRESH_MS:
            self._left_over |= set(self._shards.refresh(now_ms=now_ms))
            self._left_over &= set(self._shards.held)
            self._refreshed_ms = now_ms

    def _next(self) -> list[Entry]:
        """What another consumer, or this one, was handed and never acknowledged comes before what is new."""
        held = self._shards.held
        if not held:
            self._rest(WAIT_MS / 1000)
            return []
        left = self._stream.take_over(sorted(self._left_over), self._name, count=AT_ONCE)
        self._left_over &= {entry.shard for entry in left}
        ready = [shard for shard in held if shard not in self._left_over]
        if not ready:
            return left
        return left + self._stream.read(ready, self._name, count=AT_ONCE, wait_ms=1 if left else WAIT_MS)

    def _store(self, entries: Sequence[Entry]) -> None:
        readable: list[tuple[Entry, Sending]] = []
        for entry in entries:
            try:
                readable.append((entry, event_wire.unpack(entry.body)))
            except Unreadable as why:
                self._park(entry, str(why))
        for start in range(0, len(readable), TOGETHER):
            self._store_some(readable[start : start + TOGETHER])

    def _store_some(self, some: Sequence[tuple[Entry, Sending]]) -> None:
        """In one transaction; where that fails one by one, and no further than to where the ledger takes nothing."""
        done: list[Entry] = []
        taken: list[tuple[Taken, Sending]] = []
        for (entry, sending), outcome in zip(some, _outcomes([sending for _, sending in some]), strict=True):
            if isinstance(outcome, Taken):
                self._count(outcome)
                done.append(entry)
                taken.append((outcome, sending))
            elif isinstance(outcome, NOT_ITS_FAULT):
                self._stream.acknowledge(done)
                connection.close()  # a new one next time
                raise TryLater(f"The ledger takes nothing: {outcome}") from outcome
            else:
                self._park(entry, f"{type(outcome).__name__}: {outcome}")
        self._stream.acknowledge(done)
        self._tell(taken)

    def _tell(self, taken: Sequence[tuple[Taken, Sending]]) -> None:
        """After they are acknowledged: should this process end here, events are safe and an offer is missed."""
        if self._follow is None:
            return
        for outcome, sending in taken:
            if self._now_ms() - sending.now_ms <= FRESH_MS:
                self._follow(outcome, sending)

    def _count(self, taken: Taken) -> None:
        self.counted.batches += 1
        self.counted.accepted += taken.accepted
        self.counted.repeated += taken.repeated

    def _park(self, entry: Entry, reason: str) -> None:
        self._stream.park(entry, reason)
        self.counted.parked += 1
        log.error("A batch of events was put aside: %s", reason)


def _outcomes(sendings: Sequence[Sending]) -> Iterator[Outcome]:
    together = intake_door.attempt(sendings)
    if len(sendings) == 1 or all(isinstance(outcome, Taken) for outcome in together):
        yield from together
    else:
        for sending in sendings:
            yield from intake_door.attempt([sending])
