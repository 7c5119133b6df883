"""The other end of the event sink: batches accepted into a Redis stream, then stored by one consumer."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parts.running import ROOT, free_port, say, site
from redis import Redis

from scripts.own_redis import running

Flood = Callable[..., dict[str, Any]]
UNBOUNDED = "1000000000"


def measure(folder: Path, flood: Flood, *, seconds: int, rounds: int, batch: int) -> dict[str, Any]:
    """Accepted events a second, and how fast a consumer stores what waits afterwards."""
    port, accepted = free_port(), []
    with running(folder, is_kept=True) as redis:
        url = redis.url
        environment = {"EVENT_SINK": url, "EVENT_STREAM_LIMIT": UNBOUNDED}
        with site(port, environment=environment):
            flood(port, "/capture/", folder / "cookies", seconds=2, run="warm-redis")
            for turn in range(rounds):
                say(f"into Redis, round {turn + 1} of {rounds}, {seconds} s")
                accepted.append(flood(port, "/capture/", folder / "cookies", seconds=seconds, run=f"r{turn}"))
        return {
            "accepted_per_second": statistics.median(one["events_per_second"] for one in accepted),
            "rounds": accepted,
            "wrong": sum(one["wrong"] for one in accepted),
            "consumer": _consume(environment, _waiting(url), batch=batch),
        }


def _waiting(url: str) -> int:
    with Redis.from_url(url) as talk:
        return sum(int(talk.xlen(name)) for name in talk.scan_iter("{mall.events}:[0-9]*", _type="stream"))


def _consume(environment: dict[str, str], waiting: int, *, batch: int) -> dict[str, Any]:
    say(f"a consumer stores {waiting * batch:,} events")
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "consume_events", "--once", "--json"], cwd=ROOT,
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    taken = time.perf_counter() - begin
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told | {"waited": waiting * batch, "events_per_second": round(told["accepted"] / taken)}
