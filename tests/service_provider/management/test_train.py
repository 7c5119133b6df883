"""`manage.py train revenue`: the same training on a terminal."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import fake_model
import make
import pytest
from django.core.management import CommandError, call_command

from engine.contracts import Progress, RevenueReport
from engine.revenue import fit
from engine.simulate import transactions
from service_provider.adapters import transaction_writer
from service_provider.queries import learning

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound file, and a training that takes no time."""

    def train(rows: Any, **wish: Any) -> Iterator[Progress]:
        yield Progress("fitting", 1, 2)
        return fit.Trained(RevenueReport.from_json(make.report()), b"fake", tuple(rows))

    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(fit, "train", train)
    fake_model.serve(monkeypatch)
    path = tmp_path / "sales.csv"
    transaction_writer.write_transactions(transactions.generate(20, seed=1), path)
    return path


def train(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("train", "revenue", f"--csv={path}", *arguments, stdout=out)
    return out.getvalue()


def test_it_registers_a_version_and_leaves_the_live_one(sales: Path) -> None:
    told = train(sales, "--seed=5")
    (version,) = learning.list_versions().rows
    assert (version.number, version.seed, version.is_live, version.by_label) == (1, 5, False, "command")
    assert version.data_name == "sales.csv"
    assert "71.0%" in told
    assert "55.0%" in told
    assert "It is not in use" in told


def test_promote(sales: Path) -> None:
    assert "It is in use." in train(sales, "--promote")
    live = learning.find_live()
    assert live is not None
    assert live.number == 1


def test_the_last_line_is_json(sales: Path) -> None:
    told = json.loads(train(sales, "--json").splitlines()[-1])
    assert (told["version"], told["live"], told["majority_rate"]) == (1, False, 0.55)
    assert told["models"]["vote"]["accuracy"]["value"] == 0.71


def refused(path: Path, *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        train(path, *arguments)
    assert not [row for row in learning.list_versions().rows if row.is_live]
    return caught.value


def test_wrong_usage_and_bad_input_end_with_2(sales: Path, monkeypatch: Any) -> None:
    assert refused(sales.with_name("none.csv")).returncode == 2
    assert refused(sales, "--seed=-1").returncode == 2
    bad = sales.with_name("bad.csv")
    bad.write_text(sales.read_text().replace("Female", "Robot"))
    fault = refused(bad)
    assert (fault.returncode, "column gender: found 'Robot'" in str(fault)) == (2, True)

    def untrainable(rows: Any, **wish: Any) -> Any:
        raise fit.TrainingRefused("No row is labelled High.")
        yield

    monkeypatch.setattr(fit, "train", untrainable)
    fault = refused(sales)
    assert (fault.returncode, str(fault)) == (2, "No row is labelled High.")


def test_a_refused_promotion_ends_with_1_and_keeps_the_version(sales: Path, monkeypatch: Any) -> None:
    def corrupt(name: str, *, sha256: str) -> bytes:
        raise fake_model.ArtefactCorrupt("The file is damaged.")

    monkeypatch.setattr(fake_model.model_store, "read", corrupt)
    assert refused(sales, "--promote").returncode == 1
    assert learning.list_versions().total == 1
