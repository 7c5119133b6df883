"""Runs every benchmark of bench/ and writes what they measured to bench/RESULTS.md. Standard library only."""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = ("name", "unit", "ours", "reference", "reference_name", "ratio", "p50", "p99", "n")


def measure(path: Path, options: list[str]) -> dict[str, Any] | None:
    """The object that the benchmark ends with; None where it failed (its own output says why)."""
    print(f"== {path.name}", flush=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(path), "--json", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    print(done.stdout, flush=True)
    if done.returncode:
        return None
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "" if value is None else str(value)


def write(results: list[dict[str, Any]], *, now: datetime) -> str:
    lines = [
        "# What was measured",
        "",
        f"Written by `make bench` on {now:%d %B %Y}: Python {platform.python_version()}, {os.cpu_count()} cores.",
        "Each line measures the project and its reference in the same run; `ratio` says how many times better.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
    ]
    lines += [f"| {' | '.join(cell(result.get(name)) for name in COLUMNS)} |" for result in results]
    for result in results:
        rest = {name: value for name, value in result.items() if name not in COLUMNS}
        if rest:
            lines += ["", f"## {result['name']}", "", "```json", json.dumps(rest, indent=2), "```"]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of public tables, handed to each benchmark")
    parser.add_argument("--quick", action="store_true", help="each ends within 60 seconds")
    given = parser.parse_args()
    options = ["--quick"] * given.quick + (["--data", given.data] if given.data else [])
    results = [measure(path, options) for path in sorted((ROOT / "bench").glob("*.py"))]
    whole = [result for result in results if result]
    (ROOT / "bench" / "RESULTS.md").write_text(write(whole, now=datetime.now(UTC)))  # noqa: TID251 - a command is a door
    print(f"{len(whole)} of {len(results)} benchmarks written to bench/RESULTS.md.")
    return 0 if len(whole) == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
