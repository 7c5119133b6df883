"""Memory of the processes under this one, as Linux counts it."""

import contextlib
from pathlib import Path


def resident_mb(word: str) -> dict[int, float]:
    """Process -> megabytes, of every process whose command line holds the word."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, ValueError):  # it ended meanwhile
            if word.encode() in (status.parent / "cmdline").read_bytes():
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                found[int(status.parent.name)] = int(lines["VmRSS"].split()[0]) / 1024
    return found
