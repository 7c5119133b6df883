"""The demo ends as it began: one Ctrl-C, and none of its processes is left."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = str(ROOT / "scripts" / "run_demo.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def living_under(pid: int) -> set[int]:
    """`pid` and all its living descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    family = {pid} & set(parents)
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A demo without its data on a port of its own, which answers already."""
    port = free_port()
    environment = os.environ | {"MALL_VAR": str(tmp_path), "DATABASE_URL": ""}
    environment.pop("SECRET_KEY", None)
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, SCRIPT, "--empty", "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "The mall is open" in line:
                break
        else:
            pytest.fail("".join(lines))
        yield process, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_all_its_processes(
    demo: tuple[subprocess.Popen[str], int], sign: signal.Signals
) -> None:
    process, port = demo
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
        assert answer.status == 200
    family = living_under(process.pid)
    assert len(family) >= 5  # this one, the web server, its two workers, the job worker

    os.killpg(process.pid, sign)  # what a terminal does on Ctrl-C
    output, _ = process.communicate(timeout=30)

    assert "The mall is closed." in output
    assert process.returncode == 0
    assert [pid for pid in family if is_alive(pid)] == []


def test_when_the_supervisor_is_killed_its_children_end_too(demo: tuple[subprocess.Popen[str], int]) -> None:
    process, _ = demo
    family = living_under(process.pid)

    process.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and any(is_alive(pid) for pid in family):
        time.sleep(0.1)

    assert [pid for pid in family if is_alive(pid)] == []


def test_when_one_process_ends_the_others_end_with_it(demo: tuple[subprocess.Popen[str], int]) -> None:
    process, _ = demo
    family = living_under(process.pid)
    (worker,) = [pid for pid in family if b"run_jobs" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    os.kill(worker, signal.SIGKILL)
    output, _ = process.communicate(timeout=30)

    assert "the demo ends with it" in output
    assert process.returncode == 1
    assert [pid for pid in family if is_alive(pid)] == []


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = os.environ | {"MALL_VAR": str(tmp_path)}
        command = [sys.executable, SCRIPT, "--empty", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert f"make run PORT={port + 1}" in done.stderr


@pytest.mark.parametrize("number", ["-1", "501"])
def test_how_many_simulated_shoppers_there_may_be_is_said(number: str) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--shoppers", number], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (1, "--shoppers must be from 0 to 500.")
