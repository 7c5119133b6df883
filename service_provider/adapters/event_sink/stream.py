"""Batches of events in Redis streams: put in by web processes, taken out by consumers of one group.

A visitor's batches are all in one shard, and a shard is read by one consumer at a time (`shards.py`), so that hers stay
in their order. Nothing is ever trimmed: what is full refuses. What survives what: docs/decisions/0124.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

DATABASE = "database"  # the setting of a mall that has no stream
SHARDS = 8
GROUP = "intake"
BODY = b"b"
PARKED = "parked"
TIMEOUT_S = 2.0
_KEYS = "{mall.events}"  # one slot of a cluster
# What comes in is counted with the visitor's minute and the length of the shard looked at, all in one step.
_PUT = """
local busy = tonumber(redis.call('GET', KEYS[2]) or '0') + tonumber(ARGV[2])
if busy > tonumber(ARGV[3]) then return 'flood' end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end
redis.call('SET', KEYS[2], busy, 'EX', 120)
redis.call('XADD', KEYS[1], '*', 'b', ARGV[1])
return 'ok'
"""

Away = RedisError
"""Redis cannot be reached, does not answer in time, or has lost what it knew."""


class Entry(NamedTuple):
    """One batch as it lies in the stream, and how often it was handed out before."""

    shard: int
    number: str
    body: bytes


class StreamAway(Exception):
    """The stream cannot take anything just now; what was sent is not accepted."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class StreamFlood(Exception):
    """More of one visitor in a minute than may come in."""


class Stream:
    """One end puts, the other reads, acknowledges or parks. Safe for threads; errors of the network come as `Away`."""

    def __init__(self, url: str, *, most: int) -> None:
        """`most` batches wait at a time, over all shards."""
        self.redis: Any = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 1),
            max_connections=64,
        )  # fmt: skip
        self._put = self.redis.register_script(_PUT)
        self._most = max(1, most // SHARDS)

    # ---- the end of the web processes

    def put(self, visitor: str, body: bytes, *, events: int, minute: int, most: int) -> None:
        """Accepts a batch, whole or not at all. StreamFlood, or StreamAway with a reason for people."""
        keys = [key(shard_of(visitor)), f"{_KEYS}:busy:{visitor}:{minute}"]
        try:
            told = self._put(keys=keys, args=[body, events, most, self._most])
        except RedisError as error:  # away, out of memory, or no master: whatever it is, nothing was accepted
            raise StreamAway(
                "The mall cannot take events just now. Send them again a little later."
            ) from error
        if told == b"flood":
            raise StreamFlood
        if told == b"full":
            raise StreamAway("More events wait than the mall can take. Send them again a little later.")

    # ---- the end of the consumers

    def open(self) -> None:
        """Makes the streams and their group where they are missing; reading begins with the first batch."""
        for shard in range(SHARDS):
            try:
                self.redis.xgroup_create(key(shard), GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def take_over(self, shards: Iterable[int], consumer: str, *, count: int) -> list[Entry]:
        """What was handed out of these shards and never acknowledged, the oldest first: it is ours now."""
        found = []
        for shard in shards:
            _, entries, *_ = self.redis.xautoclaim(key(shard), GROUP, consumer, 0, "0-0", count=count)
            found += _entries(shard, entries)
        return found

    def read(self, shards: Iterable[int], consumer: str, *, count: int, wait_ms: int) -> list[Entry]:
        """What nobody was handed yet, so many at most of each shard, in the order in which they came."""
        wanted = {key(shard): ">" for shard in shards}
        told = self.redis.xreadgroup(GROUP, consumer, wanted, count=count, block=min(wait_ms, 1_000))
        pairs = told.items() if isinstance(told, dict) else told or ()
        return [one for name, found in pairs for one in _entries(_shard(name), _flat(found))]

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """They are stored: they go out of the stream."""
        if not entries:
            return
        with self.redis.pipeline(transaction=True) as pipeline:
            for shard, numbers in _by_shard(entries).items():
                pipeline.xack(key(shard), GROUP, *numbers)
                pipeline.xdel(key(shard), *numbers)
            pipeline.execute()

    def park(self, entry: Entry, reason: str) -> None:
        """Puts a batch that cannot be stored aside, with a sentence; it is looked at by people."""
        with self.redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(
                f"{_KEYS}:{PARKED}", {"b": entry.body, "from": entry.number, "reason": reason[:500]}
            )
            pipeline.xack(key(entry.shard), GROUP, entry.number)
            pipeline.xdel(key(entry.shard), entry.number)
            pipeline.execute()

    def parked(self, *, limit: int = 100) -> list[str]:
        """The sentences of what was put aside, the newest first."""
        rows = self.redis.xrevrange(f"{_KEYS}:{PARKED}", count=limit)
        return [fields[b"reason"].decode() for _, fields in rows]

    def is_there(self) -> bool:
        """Asks once and hangs up."""
        try:
            with self.redis as line:
                return bool(line.ping())
        except RedisError:
            return False

    def waiting(self) -> int:
        """How many batches are not stored yet."""
        return sum(self.redis.xlen(key(shard)) for shard in range(SHARDS))


def key(shard: int) -> str:
    return f"{_KEYS}:{shard}"


def shard_of(visitor: str) -> int:
    return crc32(visitor.encode()) % SHARDS


def _shard(name: bytes) -> int:
    return int(name.rpartition(b":")[2])


def _flat(found: list) -> list:
    """RESP3 wraps the entries of a stream once more."""
    return found[0] if found and isinstance(found[0], list) else found


def _entries(shard: int, found: list) -> list[Entry]:
    return [Entry(shard, number.decode(), (fields or {}).get(BODY, b"")) for number, fields in found]


def _by_shard(entries: Sequence[Entry]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for entry in entries:
        found.setdefault(entry.shard, []).append(entry.number)
    return found
