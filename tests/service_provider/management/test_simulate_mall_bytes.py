"""The same seed gives the same bytes: in another process, with other hashes, threads and instructions of the CPU."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service_provider.adapters import files
from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.spool import Spool
from service_provider.management.terminal import watch

ROOT = Path(__file__).resolve().parents[3]
SIZE = ("--shoppers", "150", "--days", "12")
# Both families of names: numpy's dispatch was regrouped into levels, older versions know single features.
WITHOUT = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3 X86_V3 X86_V4"
OTHERWISE = {
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "NPY_DISABLE_CPU_FEATURES": WITHOUT,
}


def simulate(out: Path, *more: str, **environment: str) -> dict[str, str]:
    """Runs the command in a process of its own and gives the checksum of every file it left."""
    quiet = {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "django", "simulate_mall", *SIZE, "--out", str(out), "--json", *more]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | quiet | environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])["files"]
    found = {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }
    assert {name: found[name] for name in told} == {name: facts["sha256"] for name, facts in told.items()}
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    out = tmp_path_factory.mktemp("mall") / "first"
    return out, simulate(out, "--seed", "90210")


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, first: tuple[Path, dict[str, str]]) -> None:
    assert simulate(tmp_path / "again", "--seed", "90210", **OTHERWISE) == first[1]


def test_another_seed_gives_other_shoppers(tmp_path: Path, first: tuple[Path, dict[str, str]]) -> None:
    other = simulate(tmp_path / "other", "--seed", "90211")

    same = {name for name in other if other[name] == first[1][name]}
    assert same == {"catalogue.csv", "truth/README.txt"}


def test_what_was_bought_is_read_back(first: tuple[Path, dict[str, str]]) -> None:
    read = files.read_transactions(first[0] / "transactions.csv").rows

    assert read
    assert all(row.label in (0, 1) and row.price_minor > 0 for row in read)


def test_every_event_is_read_back(first: tuple[Path, dict[str, str]]) -> None:
    path = first[0] / "events.csv"
    with Spool() as spool:
        steps = reading.read_in_steps(path, spool=spool, now=datetime(2025, 3, 1, tzinfo=UTC))
        found = watch(steps)

    assert found.rows == len(path.read_text().splitlines()) - 1
    assert (found.skipped, found.unknown_kinds, found.unknown_columns) == (0, {}, ())
