"""A Redis of the benchmark's own, which writes each command to its log, as the README advises."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.running import free_port
from redis import Redis
from redis.exceptions import RedisError


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Its address."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("This benchmark needs a Redis: apt-get install redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
    process = subprocess.Popen([*command, "--appendfsync", "everysec"], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            with Redis.from_url(url) as talk:
                talk.ping()
            return
        except RedisError:
            time.sleep(0.05)
    raise SystemExit("Redis did not start.")
