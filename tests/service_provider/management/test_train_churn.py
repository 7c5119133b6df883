"""`manage.py train churn`: from the mall's own visits or from a file, on a terminal."""

import errno
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import risk_models
import small_mall
from django.core.management import CommandError, call_command

from engine.churn import serve
from service_provider.adapters import model_store
from service_provider.management.trainings import churn as training
from service_provider.queries import learning
from service_provider.queries.learning import CHURN
from service_provider.services import churn
from service_provider.services.learning import Training

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return small_mall.write(tmp_path / "events.csv", small_mall.crowd(48, days=40))


def train(*arguments: str) -> str:
    out = StringIO()
    call_command("train", "churn", *arguments, stdout=out)
    return out.getvalue()


def test_from_a_file_it_keeps_a_version_with_its_gates(events: Path) -> None:
    told = train(f"--events={events}", "--quick", "--json")
    facts = json.loads(told.splitlines()[-1])
    version = learning.find_number(CHURN, 1)

    assert version is not None
    assert (facts["version"], facts["live"], facts["sha256"]) == (1, False, version.sha256)
    assert [gate["name"] for gate in facts["gates"]] == ["log-loss", "calibration", "parity", "latency"]
    assert set(facts["models"]) >= {"b0", "b1", "b2", "b2s", "b3"}
    assert f"Chosen: {facts['chosen']}" in told
    assert "parity" in told
    assert "It is not in use" in told
    assert serve.load(model_store.read(version.stored_name, sha256=version.sha256)).rung == facts["chosen"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--events=missing.csv",), "There is no file missing.csv"),
        (("--seed=-1",), "The seed is a whole number"),
        (("--quick", "--nets"), "--quick leaves the nets out"),
        ((), "There is no visit to learn from"),
    ],
    ids=["no file", "no seed", "quick with nets", "empty mall"],
)
def test_bad_input_is_told(events: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told) as refused:
        train(*arguments)
    assert refused.value.returncode == 2


def test_a_file_that_is_none_is_told(events: Path) -> None:
    events.write_text("name,age\nanna,40\n")
    with pytest.raises(CommandError) as refused:
        train(f"--events={events}", "--quick")
    assert refused.value.returncode == 2
    assert "column" in str(refused.value)


@pytest.mark.parametrize("price", ["NaN", "inf", "ten"])
def test_a_price_that_is_none_is_told_by_row(events: Path, price: str) -> None:
    events.write_text(events.read_text().replace("10.00", price, 1))
    with pytest.raises(CommandError, match=rf"row \d+, column price: found '{price}'") as refused:
        train(f"--events={events}", "--quick")
    assert refused.value.returncode == 2


def test_nets_without_pytorch_are_refused_with_the_way_to_get_it(events: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(churn, "has_nets", lambda: False)
    with pytest.raises(CommandError, match="pip install -r requirements-nets.txt") as refused:
        train(f"--events={events}", "--nets")
    assert refused.value.returncode == 2


def test_no_space_left_is_told_and_leaves_nothing(events: Path, monkeypatch: Any) -> None:
    def full(name: str, artefact: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(training, "_train", lambda options: learnt())
    monkeypatch.setattr(model_store, "save", full)
    with pytest.raises(CommandError, match="could not be written: No space left on device") as refused:
        train(f"--events={events}", "--quick")
    assert refused.value.returncode == 1
    assert learning.find_newest(CHURN) is None


def test_a_gate_that_does_not_hold_is_told_and_the_version_kept(events: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(training, "_train", lambda options: learnt("parity"))
    with pytest.raises(CommandError, match="did not pass: parity") as refused:
        train(f"--events={events}", "--promote")
    assert refused.value.returncode == 1
    assert learning.find_live(CHURN) is None
    assert learning.find_newest(CHURN) is not None


def test_promoted_it_is_in_use(events: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(training, "_train", lambda options: learnt())
    assert "It is in use." in train(f"--events={events}", "--promote")
    assert learning.find_live(CHURN) is not None


def learnt(*failing: str) -> Any:
    found = risk_models.trained()
    return Training(
        kind=CHURN, artefact=found.artefact, report=found.report, rows=9, data_name="visits",
        data_fingerprint="", seed=0, gates=risk_models.gates(*failing),
    )  # fmt: skip
