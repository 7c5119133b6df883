"""A Redis of one's own, for tests and benchmarks: on a free port of 127.0.0.1, ended by its process id."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

PROGRAM = shutil.which("redis-server", path="/usr/bin:/usr/local/bin:/usr/sbin:/opt/homebrew/bin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """Started, killed and started again in the same folder; with `is_kept` it writes down each command."""

    def __init__(self, folder: Path, *, is_kept: bool = False) -> None:
        self.port, self._folder, self._is_kept = free_port(), folder, is_kept
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        kept = (
            ["--appendonly", "yes", "--appendfsync", "everysec"] if self._is_kept else ["--appendonly", "no"]
        )
        self._process = subprocess.Popen(
            [str(PROGRAM), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *kept],
            cwd=self._folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            try:
                with Redis.from_url(self.url) as line:
                    line.ping()
                return
            except RedisError:
                time.sleep(0.02)
        raise SystemExit("Redis did not start.")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running(folder: Path, *, is_kept: bool = False) -> Iterator[Server]:
    if PROGRAM is None:
        raise SystemExit("There is no Redis on this machine: apt-get install redis-server")
    server = Server(folder, is_kept=is_kept)
    try:
        yield server
    finally:
        server.kill()
