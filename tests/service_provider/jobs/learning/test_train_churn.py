"""The job `train_churn`: a version with its gates out of the mall's own visits, and nothing half."""

import errno
import shutil
from collections.abc import Generator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import risk_models
import small_mall
from small_mall import NOW

from engine.churn import fit, serve
from engine.churn.fit import LadderSettings, Trained, TrainingRefused
from engine.contracts import Progress
from service_provider.adapters import model_store
from service_provider.jobs.learning import churn as job_of_churn
from service_provider.jobs.worker import Worker
from service_provider.models import Job, ModelVersion, Schedule
from service_provider.queries import jobs as job_rows
from service_provider.queries import learning as versions
from service_provider.queries.access import SCHEDULE, Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import churn, jobs, learning

pytestmark = pytest.mark.django_db
PETRA = Actor(label="petra", role="provider")
SOON = NOW + timedelta(hours=1)
SHIPPED = ("b4", "b5", "b7")


@pytest.fixture
def visits(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    small_mall.store(small_mall.write(tmp_path / "events.csv", small_mall.crowd(48, days=40)))


@pytest.fixture
def trained(monkeypatch: Any, settings: Any, tmp_path: Path) -> list[dict[str, Any]]:
    """A training that takes no time; with what it was asked."""
    settings.VAR_DIR = tmp_path / "var"
    asked: list[dict[str, Any]] = []

    def train(log: Any, **wish: Any) -> Generator[Progress, None, Trained]:
        asked.append(wish)
        yield Progress("a net", 1, 2, b"half of it")
        return once()

    monkeypatch.setattr(fit, "train", train)
    return asked


@cache
def once() -> Trained:
    import churn_logs

    settings = LadderSettings(rungs=("b0",), extra=1, bags=1)
    log = churn_logs.mall().log
    return real(log, seed=0, clock=churn_logs.Ticking(), settings=settings, until_ms=2**62)


_train = fit.train


def real(*given: Any, **wish: Any) -> Trained:
    steps = _train(*given, **wish)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Trained = end.value
            return found


def work(job_id: int, *, now: Any = SOON) -> JobRow:
    Worker("a worker", now=lambda: now, clock=_Still()).run_due()
    found = job_rows.find(job_id)
    assert found is not None
    return found


class _Still:
    """A clock of which a look takes a tenth of a millisecond."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 1e-4
        return self.at


def train(**wish: Any) -> JobRow:
    return work(churn.start_training(by=PETRA, now=NOW, **wish))


def by_itself() -> JobRow:
    return work(jobs.start(churn.TRAIN, args={}, by=SCHEDULE, now=NOW, live_key=churn.TRAIN))


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


# ---- gates, shadows and promotion -------------------------------------------------------------------


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
