"""The site as it is shipped, started for a benchmark and ended by who started it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def manage(*args: str) -> None:
    subprocess.run([sys.executable, "manage.py", *args], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def say(stage: str) -> None:
    print(f"... {stage}", file=sys.stderr, flush=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def site(
    port: int,
    application: str = "shopping_mall.wsgi:application",
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """The server with the settings that are shipped, and the worker; `environment` is the server's alone."""
    command = [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "32", application,
    ]  # fmt: skip
    quiet: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet, env=os.environ | (environment or {}))
    worker = subprocess.Popen([sys.executable, "manage.py", "run_jobs"], **quiet)
    try:
        _wait_for(port, server)
        yield
    finally:
        for each in (server, worker):
            _end(each)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        if server.poll() is not None:
            raise SystemExit("The server did not start.")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The server did not answer within 30 s.")
