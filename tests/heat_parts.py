"""Parts that processes of their own can walk: they must be found by name in a child."""

import os
import signal

from engine.contracts import Progress


def count(heat, *, clock):
    """Counts to the heat's number."""
    for step in range(heat):
        yield Progress(f"heat {heat}", step, heat)
    return heat, clock() > 0


def fail(heat, *, clock):
    yield Progress("failing", 0, 1)
    raise ValueError(f"heat {heat} failed")


def be_killed(heat, *, clock):
    yield Progress("dying", 0, 1)
    os.kill(os.getpid(), signal.SIGKILL)
