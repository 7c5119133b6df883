"""The job `train_churn`: a version with its gates out of the mall's own visits, and nothing half."""

import errno
import shutil
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import small_mall
from churn_jobs import PETRA, SHIPPED, train, work
from small_mall import NOW

from engine.churn import fit, serve
from engine.churn.fit import LadderSettings, Trained, TrainingRefused
from engine.contracts import Progress
from service_provider.adapters import model_store
from service_provider.models import Job, ModelVersion
from service_provider.queries import learning as versions
from service_provider.services import churn, jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    small_mall.store(small_mall.write(tmp_path / "events.csv", small_mall.crowd(48, days=40)))


def test_the_malls_own_visits_become_a_version_with_gates_that_serves_nobody_yet(visits: None) -> None:
    job = train(is_quick=True)
    assert job.state == "done", job.failure
    version = versions.get_version(job.result["churn_version_id"])
    kept = ModelVersion.objects.get(pk=version.id)

    assert (version.kind, version.number, version.is_live) == ("churn", 1, False)
    assert [gate.name for gate in version.gates] == ["log-loss", "calibration", "parity", "latency"]
    assert set(version.report.pooled.protocol["at"]) == {"3", "5", "10", "add"}
    assert kept.reference["columns"].keys() >= {"score", "events"}
    model = serve.load(model_store.read(version.stored_name, sha256=version.sha256))
    assert model.rung == version.report.chosen


@pytest.mark.parametrize(
    ("wish", "rungs", "extra"),
    [
        ({"is_quick": True}, ("b0", "b1", "b2", "b2s", "b3"), 1),
        ({"is_quick": True, "with_nets": True}, ("b0", "b1", "b2", "b2s", "b3"), 1),
        ({}, ("b0", "b1", "b2", "b2s", "b3"), LadderSettings().extra),
    ],
    ids=["quick", "quick trains no nets", "full"],
)
def test_what_is_asked_for_is_climbed_with_the_nets_that_ship(
    trained: list[dict[str, Any]], wish: dict[str, Any], rungs: tuple[str, ...], extra: int
) -> None:
    train(**wish)
    settings = trained[0]["settings"]
    assert (settings.rungs, settings.extra) == ((*rungs, *SHIPPED), extra)
    assert set(settings.shipped) == set(SHIPPED)


@pytest.mark.parametrize("is_there", [True, False], ids=["with PyTorch", "without"])
def test_nets_are_trained_where_pytorch_is(
    trained: list[dict[str, Any]], is_there: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(churn, "has_nets", lambda: is_there)
    train(with_nets=True)
    assert ("b6" in trained[0]["settings"].rungs) == is_there
    assert set(trained[0]["settings"].shipped) == (set() if is_there else set(SHIPPED))


def test_a_net_that_is_not_the_one_its_card_tells_of_is_never_asked_and_named(
    trained: list[dict[str, Any]], settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "datasets" / "nets"
    shutil.copytree(Path(settings.BASE_DIR) / "datasets" / "nets", folder)
    (folder / "b5.model").write_bytes((folder / "b4.model").read_bytes())
    settings.BASE_DIR = tmp_path
    version = versions.get_version(train(is_quick=True).result["churn_version_id"])

    assert set(trained[0]["settings"].shipped) == {"b4", "b7"}
    told = [note for note in version.report.notes if "b5.model" in note]
    assert told
    assert "its checksum does not fit" in told[0]


def test_without_nets_that_ship_the_ladder_is_shorter(
    trained: list[dict[str, Any]], settings: Any, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path
    assert train(is_quick=True).state == "done"
    assert trained[0]["settings"].rungs == ("b0", "b1", "b2", "b2s", "b3")


def test_an_empty_mall_fails_in_words(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    assert train().failure == "There is no visit to learn from."


def test_data_without_signal_or_class_fail_in_words(monkeypatch: Any, trained: list[Any]) -> None:
    def refuse(log: Any, **wish: Any) -> Generator[Progress, None, Trained]:
        yield Progress("rates", 0, 1)
        raise TrainingRefused("All windows end alike.")

    monkeypatch.setattr(fit, "train", refuse)
    assert train().failure == "All windows end alike."
    assert not ModelVersion.objects.exists()


def test_no_space_left_fails_in_words_and_leaves_nothing(trained: list[Any], monkeypatch: Any) -> None:
    def full(name: str, artefact: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_store, "save", full)
    job = train()

    assert job.state == "failed"
    assert "No space left on device" in job.failure
    assert "make room" in job.failure
    assert not ModelVersion.objects.exists()


def test_two_trainings_at_once_are_one(trained: list[Any]) -> None:
    first = churn.start_training(by=PETRA, now=NOW)
    with pytest.raises(jobs.AlreadyRunning) as refused:
        churn.start_training(is_quick=True, by=PETRA, now=NOW)

    assert refused.value.job_id == first
    assert Job.objects.count() == 1


def test_an_attempt_after_a_kill_goes_on_from_the_checkpoint_with_the_same_visits(
    trained: list[dict[str, Any]],
) -> None:
    job_id = churn.start_training(by=PETRA, now=NOW)
    Job.objects.filter(pk=job_id).update(
        state="running", attempts=1, leased_by="who was killed", lease_until=NOW, checkpoint=b"half of it"
    )
    job = work(job_id, now=NOW + timedelta(days=2))

    assert (job.state, job.attempts) == ("done", 2)
    assert trained[0]["state"] == b"half of it"
    assert trained[0]["until_ms"] == small_mall.NOW_MS


def test_a_cancelled_training_leaves_nothing(trained: list[Any]) -> None:
    job_id = churn.start_training(by=PETRA, now=NOW)
    jobs.claim("a worker", now=NOW)
    jobs.ask_cancel(job_id, by=PETRA, now=NOW)
    Job.objects.filter(pk=job_id).update(state="queued", leased_by="", lease_until=None)

    assert work(job_id).state == "cancelled"
    assert not ModelVersion.objects.exists()
