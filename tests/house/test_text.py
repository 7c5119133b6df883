"""The words of the repository: no package registry, no path of one machine, nothing open to the world."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Built from parts, so that this file does not hold what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
    )
]
MACHINE_PATHS = ["/".join(("", name, "")) for name in ("work", "root")]
EVERYWHERE = ".".join("0000")
WISHED_FOR = ("django", "mysqlclient", "pandas", "scikit-learn", "openpyxl", "xlwt")


def texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if name and path.is_file() and path.stat().st_size < 2_000_000:
            found[name] = path.read_bytes().decode("utf-8", "replace")
    return found


def holding(word: str) -> list[str]:
    return [name for name, text in texts().items() if word in text]


def test_no_registry_is_named() -> None:
    assert {word: holding(word) for word in REGISTRIES if holding(word)} == {}


def test_no_machine_is_named() -> None:
    assert {word: holding(word) for word in MACHINE_PATHS if holding(word)} == {}


def test_nothing_listens_to_the_whole_world() -> None:
    assert holding(EVERYWHERE) == []


def test_every_wished_for_package_is_named() -> None:
    names = {
        line.partition("==")[0].partition("[")[0].strip().lower()
        for line in (ROOT / "requirements.txt").read_text().splitlines()
    }

    assert set(WISHED_FOR) <= names


def test_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and line[0].isalnum()]
        assert pins, name
        assert all("==" in line and line.endswith("\\") for line in pins), name
        assert not [line for line in lines if "://" in line or line.startswith("--")], name


def test_locks_agree_with_what_they_were_made_from() -> None:
    for name in ("requirements", "requirements-dev", "requirements-node"):
        wanted = {
            part[0].partition("[")[0].lower() + "==" + part[2]
            for part in (
                line.strip().partition("==") for line in (ROOT / f"{name}.txt").read_text().splitlines()
            )
            if part[1] and not part[0].startswith("#")
        }
        locked = {
            line.split()[0].lower()
            for line in (ROOT / f"{name}.lock").read_text().splitlines()
            if line[:1].isalnum()
        }
        assert wanted - locked == set(), name
