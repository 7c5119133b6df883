"""A rehearsal on several processors: the same report, and nobody is left behind when one of them is gone."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from left_over import still_alive

from engine.contracts import Progress, RehearsalSettings
from engine.simulate import rehearsal
from service_provider.jobs import side_by_side

ROOT = Path(__file__).resolve().parents[3]
SMALL = RehearsalSettings(
    seeds=2, shoppers=200, days=7, policies=("none", "random", "uplift_rank"), training_points=2_000
)
KILLED = """
from engine.contracts import RehearsalSettings
from service_provider.jobs import side_by_side
if __name__ == "__main__":
    for step in side_by_side.rehearse(RehearsalSettings(), processes=2):
        print(step.stage, flush=True)
"""


def ended(steps: Generator[Progress, None, Any]) -> Any:
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value


def children_of(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(child) for child in tasks.read_text().split()}


def begun() -> Generator[Progress, None, Any]:
    """A rehearsal whose children are at work."""
    steps = side_by_side.rehearse(RehearsalSettings(), processes=2)
    while next(steps).stage == "Starting":
        pass
    return steps


def test_two_processes_find_what_one_finds() -> None:
    found = ended(side_by_side.rehearse(SMALL, processes=2))

    assert found.to_json() == ended(rehearsal.rehearse(SMALL)).to_json()
    assert multiprocessing.active_children() == []


def test_a_child_that_is_killed_ends_the_rehearsal_in_words() -> None:
    steps = begun()
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    with pytest.raises(side_by_side.CrewLost, match="memory ran out"):
        ended(steps)


def test_who_stops_listening_ends_the_children() -> None:
    steps = begun()
    working = multiprocessing.active_children()
    assert len(working) == 2
    steps.close()

    assert still_alive({child.pid or 0 for child in working}) == set()


def test_children_do_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "rehearse_here.py"
    script.write_text(KILLED)
    parent = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    for line in parent.stdout:
        if not line.startswith("Starting"):
            break
    family = children_of(parent.pid)
    assert len(family) >= 2
    parent.kill()
    parent.wait()

    assert still_alive(family) == set()
