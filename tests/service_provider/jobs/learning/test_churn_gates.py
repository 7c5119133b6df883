"""What was trained serves when every gate holds, and nobody where one does not."""

from pathlib import Path
from typing import Any

import pytest
import risk_models
from churn_jobs import PETRA, by_itself, train
from small_mall import NOW

from service_provider.adapters import model_store
from service_provider.jobs.learning import churn as job_of_churn
from service_provider.models import ModelVersion, Schedule
from service_provider.queries import learning as versions
from service_provider.services import churn, learning

pytestmark = pytest.mark.django_db


def passing(monkeypatch: Any, *failing: str) -> None:
    """From here on every gate holds but these."""
    measure = job_of_churn.gates.measure

    def measured(*given: Any, **more: Any) -> Any:
        from dataclasses import replace

        return tuple(replace(gate, holds=gate.name not in failing) for gate in measure(*given, **more))

    monkeypatch.setattr(job_of_churn.gates, "measure", measured)


def test_what_passed_its_gates_is_asked_beside_the_live_model(trained: list[Any], monkeypatch: Any) -> None:
    passing(monkeypatch)
    first, second = (train().result["churn_version_id"] for _ in range(2))

    assert list(ModelVersion.objects.filter(shadow_kind="churn").values_list("pk", flat=True)) == [second]
    learning.promote(second, by=PETRA, now=NOW)
    assert not ModelVersion.objects.filter(shadow_kind="churn").exists()
    assert versions.find_live("churn").id == second  # type: ignore[union-attr]
    assert first != second


def test_what_did_not_pass_serves_nobody_whoever_asks(trained: list[Any], monkeypatch: Any) -> None:
    passing(monkeypatch, "parity")
    version_id = train().result["churn_version_id"]

    assert "did not pass: parity" in learning.why_not(version_id)
    with pytest.raises(learning.CannotPromote, match="did not pass: parity"):
        learning.promote(version_id, by=PETRA, now=NOW)
    assert not ModelVersion.objects.exclude(live_kind=None, shadow_kind=None).exists()


def test_a_version_is_compared_with_the_one_in_use_and_no_other(trained: list[Any], monkeypatch: Any) -> None:
    passing(monkeypatch)
    one, two, three = (train().result["churn_version_id"] for _ in range(3))
    learning.promote(one, by=PETRA, now=NOW)
    with pytest.raises(learning.CannotPromote, match="never compared with version 1"):
        learning.promote(two, by=PETRA, now=NOW)
    four = train().result["churn_version_id"]
    assert [gate.against for gate in versions.get_version(four).gates if gate.name == "log-loss"] == [1]

    learning.promote(four, by=PETRA, now=NOW)
    assert learning.roll_back("churn", by=PETRA, now=NOW) == one
    assert three != four


def test_a_version_without_gates_serves_nobody(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with pytest.raises(learning.CannotPromote, match="never measured"):
        learning.promote(risk_models.version().pk, by=PETRA, now=NOW)


def test_a_version_of_other_columns_is_refused_by_name(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    gates = [{"name": "parity", "figure": 0.0, "limit": 1e-5, "holds": True, "note": ""}]
    content = risk_models.of_version(risk_models.artefact(), churn_version=99)
    with pytest.raises(learning.CannotPromote, match="version 99 of the churn columns"):
        learning.promote(risk_models.version(content=content, gates=gates).pk, by=PETRA, now=NOW)


@pytest.mark.parametrize(
    ("may", "failing", "is_live", "told"),
    [
        (True, (), True, "It was put to use by itself."),
        (False, (), False, "It waits for somebody to promote it."),
        (True, ("latency",), False, "did not pass: latency"),
    ],
    ids=["allowed", "not allowed", "a gate does not hold"],
)
def test_the_schedule_promotes_where_it_may_and_every_gate_holds(
    trained: list[Any], monkeypatch: Any, may: bool, failing: tuple[str, ...], is_live: bool, told: str
) -> None:
    passing(monkeypatch, *failing)
    Schedule.objects.create(kind=churn.TRAIN, minute=0, may_promote=may)
    job = by_itself()

    assert versions.get_version(job.result["churn_version_id"]).is_live == is_live
    assert told in job.result["told"]


def test_a_live_model_that_cannot_be_read_is_said_and_compared_with_nobody(
    trained: list[Any], monkeypatch: Any
) -> None:
    passing(monkeypatch)
    first = train().result["churn_version_id"]
    learning.promote(first, by=PETRA, now=NOW)
    model_store.path_of(versions.get_version(first).stored_name).write_bytes(b"damaged")
    loss = versions.get_version(train().result["churn_version_id"]).gates[0]

    assert (loss.figure, loss.holds, loss.against) == (None, True, 1)
    assert "version 1, in use, cannot be asked" in loss.note
