"""`simulate_mall` on a terminal: what it writes, what it says no to, and that it leaves nothing half done."""

import errno
import json
import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import fake_mall
import pytest
from django.core.management import CommandError, call_command

from engine.contracts import Progress
from service_provider.adapters.mall_files import staging
from service_provider.management.commands import simulate_mall


class Report:
    def to_json(self) -> dict[str, Any]:
        return {"visit_conversion": {"value": 0.025, "se": 0.001}}

    def lines(self) -> tuple[str, ...]:
        return ("visit conversion 2.50 % +- 0.10 %",)


def _report(settings: Any) -> Iterator[Progress]:
    yield Progress("calibration", 1, 1)
    return Report()


@pytest.fixture(autouse=True)
def small_mall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate_mall, "source_of", lambda settings: fake_mall.source(days=settings.days))
    monkeypatch.setattr(simulate_mall.calibration, "report", _report)


def run(**options: Any) -> list[str]:
    said = StringIO()
    call_command("simulate_mall", **{"shoppers": 3, "days": 2, "seed": 7} | options, stdout=said)
    return said.getvalue().splitlines()


def refusal(**options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(**options)
    return caught.value


def test_a_run_lies_in_its_folder(tmp_path: Path) -> None:
    said = run(out=tmp_path / "run", json=True)
    facts = json.loads(said[-1])

    assert facts["folder"] == str(tmp_path / "run")
    assert facts["files"]["events.csv"]["rows"] == 10
    assert facts["files"] == json.loads((tmp_path / "run" / "manifest.json").read_text())["files"]
    assert facts["settings"] | {"shoppers": 3, "seed": 7, "start": "2025-01-06"} == facts["settings"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_report_alone_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(report=True, json=True)

    assert said[0] == "visit conversion 2.50 % +- 0.10 %"
    assert json.loads(said[-1])["calibration"]["visit_conversion"]["se"] == 0.001
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [False, True])
def test_shoppers_talk_to_each_other_only_where_asked(asked: bool) -> None:
    said = run(report=True, json=True, crosstalk=asked)

    assert json.loads(said[-1])["settings"]["crosstalk"] is asked


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shoppers": 0}, "--shoppers is a whole number from 1 to 2,000,000"),
        ({"shoppers": 2_000_001}, "--shoppers"),
        ({"days": 0}, "--days is a whole number from 1 to 730"),
        ({"days": -3}, "--days"),
        ({"days": 731}, "--days"),
        ({"seed": -1}, "--seed"),
        ({"seed": 2**63}, "--seed"),
        ({"margin": 0.0}, "--margin"),
        ({"margin": float("nan")}, "--margin"),
        ({"margin": 3.01}, "--margin"),
    ],
)
def test_wrong_numbers_are_wrong_usage(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    refused = refusal(out=tmp_path / "run", **wrong)

    assert refused.returncode == 2
    assert words in str(refused)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [("--days", "soon"), ("--start", "06.01.2025"), ("--start", "1899-01-01")])
def test_wrong_words_are_wrong_usage(tmp_path: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="--start|--days"):
        call_command("simulate_mall", *wrong, "--out", str(tmp_path / "run"))


def test_somewhere_to_write_or_a_report_is_needed() -> None:
    refused = refusal()

    assert refused.returncode == 2
    assert "--out DIR" in str(refused)


@pytest.mark.parametrize("place", ["file", "file/run", "missing/run", "x" * 300])
def test_a_place_where_no_folder_can_be_is_wrong_usage(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    refused = refusal(out=tmp_path / place)

    assert refused.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_place_that_takes_no_folders_is_wrong_usage() -> None:
    assert refusal(out=Path("/proc/run")).returncode == 2


def test_an_earlier_run_stays_unless_forced(tmp_path: Path) -> None:
    run(out=tmp_path / "run")
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    refused = refusal(out=tmp_path / "run", days=1)

    assert (refused.returncode, "--force" in str(refused)) == (2, True)
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before
    run(out=tmp_path / "run", days=1, force=True)
    assert (tmp_path / "run" / "manifest.json").read_bytes() != before


def _failing(fault: BaseException) -> Iterator[Any]:
    yield fake_mall.day(0)
    raise fault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (KeyboardInterrupt(), "Stopped"),
    ],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_what_stops_in_the_middle_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, words: str, earlier: bool
) -> None:
    if earlier:
        run(out=tmp_path / "run")
    broken = fake_mall.source(days=_failing(fault))
    monkeypatch.setattr(simulate_mall, "source_of", lambda settings: broken)
    stopped = refusal(out=tmp_path / "run", force=earlier)

    assert (stopped.returncode, words in str(stopped)) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"] * earlier
    assert not earlier or staging.check(tmp_path / "run", force=True) is None


def test_being_told_to_end_is_as_polite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> Iterator[Any]:
        yield fake_mall.day(0)
        signal.raise_signal(signal.SIGTERM)
        yield fake_mall.day(1)

    monkeypatch.setattr(simulate_mall, "source_of", lambda settings: fake_mall.source(days=told()))
    before = signal.getsignal(signal.SIGTERM)
    stopped = refusal(out=tmp_path / "run")

    assert (stopped.returncode, "Stopped" in str(stopped)) == (1, True)
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before
