"""The demo in the foreground: migrates, loads the mall, starts web server and worker, lets simulated shoppers in,
ends all together.

Standard library only. Children live in sessions of their own, so that one Ctrl-C reaches this process alone
and it ends them in order; should it be killed outright, the kernel ends them (PR_SET_PDEATHSIG).
"""

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
READY_WITHIN = 60  # seconds
END_WITHIN = 15  # seconds
SHOPPERS, SPEED = 12, 20  # how many simulated shoppers, and how fast their time passes
REST = 120  # seconds between two visits of one, on average
PR_SET_PDEATHSIG = 1

Child = subprocess.Popen[bytes]


class Stopped(Exception):
    """Somebody pressed Ctrl-C, or asked by signal."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def environment() -> dict[str, str]:
    """The demo's settings; one BLAS thread, because two spinning ones beside a web server cost ten times."""
    return os.environ | {
        "MALL_DEMO": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def start(command: list[str], *, keep_output: bool = False) -> Child:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if keep_output else None,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


def manage(children: list[Child], *arguments: str, keep_output: bool = False) -> str:
    """Runs one command of manage.py to its end; its failure ends the demo."""
    child = start([sys.executable, "manage.py", *arguments], keep_output=keep_output)
    children.append(child)
    output, _ = child.communicate()
    children.remove(child)
    if child.returncode:
        sys.exit(f"`manage.py {' '.join(arguments)}` failed; the lines above say why.")
    return (output or b"").decode()


def serve(port: int) -> list[Child]:
    web = [str(BIN / "granian"), "--interface", "wsgi", "--workers", "2", "--blocking-threads", "32"]
    web += ["--host", HOST, "--port", str(port), "--log-level", "error", "shopping_mall.wsgi:application"]
    return [start(web), start([sys.executable, "manage.py", "run_jobs"])]


def invite(port: int, shoppers: int) -> list[Child]:
    """Simulated shoppers, other visits each day. Should they fail, they say so and the mall stays open."""
    if not shoppers:
        return []
    command = [sys.executable, "manage.py", "play_mall", "--url", f"http://{HOST}:{port}"]
    command += ["--shoppers", str(shoppers), "--speed", str(SPEED), "--rest", str(REST)]
    return [start([*command, "--seed", str(int(time.time()) // 86_400)])]


def wait_until_ready(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            sys.exit("The demo did not start; the lines above say why.")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/health/live", timeout=2)
            return
        time.sleep(0.2)
    sys.exit(f"The web server did not answer within {READY_WITHIN} seconds.")


def watch(children: list[Child]) -> None:
    """Returns when one of them has ended, which ends the demo."""
    while True:
        for child in children:
            if child.poll() is not None:
                sys.exit(
                    f"{' '.join(map(str, child.args))} ended with {child.returncode}; the demo ends with it."
                )  # type: ignore[union-attr]
        time.sleep(0.5)


def end(children: list[Child]) -> None:
    """Asks all to end, waits, then kills what is left of their sessions."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + END_WITHIN
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def run(port: int, *, empty: bool, shoppers: int, children: list[Child]) -> None:
    manage(children, "migrate", "--verbosity", "0")
    manage(children, "createcachetable", "--verbosity", "0")
    log_ins = "" if empty else manage(children, "load_demo", keep_output=True)
    served = serve(port)
    children += served
    try:
        wait_until_ready(port, served)
    finally:
        print(f"\n{log_ins}", flush=True)
    print(f"The mall is open: http://{HOST}:{port}/ and its office: http://{HOST}:{port}/provider/")
    print("Ctrl-C ends it; all data stays in var/ for the next time.", flush=True)
    children += invite(port, 0 if empty else shoppers)
    watch(served)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--empty", action="store_true", help="start without the demo mall")
    parser.add_argument("--shoppers", type=int, default=SHOPPERS, help="simulated shoppers (0: none)")
    options = parser.parse_args()
    if not 0 <= options.shoppers <= 500:
        sys.exit("--shoppers must be from 0 to 500.")
    if not is_free(options.port):
        sys.exit(
            f"Port {options.port} is taken by another program. Choose one: make run PORT={options.port + 1}"
        )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    children: list[Child] = []
    try:
        run(options.port, empty=options.empty, shoppers=options.shoppers, children=children)
    except Stopped:
        print("\nThe mall is closed.", flush=True)
    finally:
        end(children)


if __name__ == "__main__":
    main()
