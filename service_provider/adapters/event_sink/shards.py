"""Which consumer reads which shards: a lease on each, and to everybody who is alive a fair share of them."""

from service_provider.adapters.event_sink.stream import SHARDS, Stream

LEASE_MS = 15_000
_ALIVE = "{mall.events}:consumers"
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Shards:
    """What one consumer holds. `refresh` is called more often than a lease lasts."""

    def __init__(self, stream: Stream, consumer: str, *, lease_ms: int = LEASE_MS) -> None:
        self._redis, self._consumer, self._lease_ms = stream.redis, consumer, lease_ms
        self._renew = self._redis.register_script(_RENEW)
        self._release = self._redis.register_script(_RELEASE)
        self.held: list[int] = []

    def refresh(self, *, now_ms: int) -> list[int]:
        """Renews, gives back what is more than a fair share, takes what is free, and says which are new."""
        self._redis.zadd(_ALIVE, {self._consumer: now_ms})
        self._redis.zremrangebyscore(_ALIVE, 0, now_ms - self._lease_ms)
        share = -(-SHARDS // max(1, self._redis.zcard(_ALIVE)))
        self.held = [shard for shard in self.held if self._keep(shard)]
        while len(self.held) > share:
            self._give_back(self.held.pop())
        new = [shard for shard in range(SHARDS) if shard not in self.held and len(self.held) < share]
        taken = []
        for shard in new:
            if len(self.held) < share and self._take(shard):
                self.held.append(shard)
                taken.append(shard)
        return taken

    def leave(self) -> None:
        """The others need not wait for the leases to end."""
        for shard in self.held:
            self._give_back(shard)
        self.held = []
        self._redis.zrem(_ALIVE, self._consumer)

    def _take(self, shard: int) -> bool:
        return bool(self._redis.set(_lease(shard), self._consumer, nx=True, px=self._lease_ms))

    def _keep(self, shard: int) -> bool:
        return bool(self._renew(keys=[_lease(shard)], args=[self._consumer, self._lease_ms]))

    def _give_back(self, shard: int) -> None:
        self._release(keys=[_lease(shard)], args=[self._consumer])


def _lease(shard: int) -> str:
    return f"{{mall.events}}:lease:{shard}"
