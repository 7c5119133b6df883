"""The site as it is shipped, on a port of its own, with a copy of the test database; it may be killed."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from redis_server import free_port

from remote_user import visitor

PATIENCE_S = 60
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
only_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="copies the test database into a file, which only SQLite can"
)


class Site:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.port, self.file = free_port(), folder / "mall.sqlite3"
        with closing(sqlite3.connect(self.file)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        self._environment = os.environ | {
            "MALL_DEMO": "1", "MALL_VAR": str(folder), "DATABASE_URL": "", "LOG_LEVEL": "ERROR",
            "SECRET_KEY": settings.SECRET_KEY, "DJANGO_SETTINGS_MODULE": "shopping_mall.settings",
        } | environment  # fmt: skip
        self._processes: list[subprocess.Popen[bytes]] = []

    def serve(self) -> None:
        """With the settings that the README names."""
        granian = str(Path(sys.executable).parent / "granian")
        self._start(
            granian, "--interface", "wsgi", "--workers", "2", "--blocking-threads", "32", "--host", "127.0.0.1",
            "--port", str(self.port), "shopping_mall.wsgi:application",
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        for _ in range(PATIENCE_S * 10):
            with contextlib.suppress(urllib.error.URLError, OSError):
                self.get("/health/live", seconds=1)
                return
            time.sleep(0.1)
        pytest.fail("The site does not answer.")

    def get(self, path: str, *, seconds: float) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
            answer.read()
            return int(answer.status)

    def consume(self) -> None:
        self._start(sys.executable, "manage.py", "consume_events")

    def kill(self) -> None:
        """SIGKILL to all of them, without a word."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes = []

    def manage(self, *args: str) -> Any:
        """What a command with --json ends with."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args, "--json"], cwd=settings.BASE_DIR, env=self._environment,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout.strip().splitlines()[-1])

    def ask(self, sql: str) -> Any:
        with closing(sqlite3.connect(self.file, timeout=20)) as database:
            return database.execute(sql).fetchone()

    def _start(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self._environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Site]:
    site = Site(folder, **environment)
    try:
        site.serve()
        site.wait_until_ready()
        yield site
    finally:
        site.kill()


def cookies_of(key: str) -> str:
    """The cookies of a visitor who said yes."""
    signer = signing.get_cookie_signer(salt=visitor.COOKIE + visitor.SALT)
    return f"consent=yes; visitor={signer.sign(key)}"


def line(port: int, *, seconds: float) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)
