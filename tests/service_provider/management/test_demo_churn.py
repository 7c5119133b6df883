"""The demo learns the risk in a visit once, and again when that is too old; too little to learn from stops nobody."""

from datetime import timedelta
from typing import Any

import make
import pytest
import risk_models
from django.utils import timezone

from engine.churn.fit import TrainingRefused
from service_provider.management.demo import churn
from service_provider.models import ModelVersion, Promotion, Schedule
from service_provider.queries import demo
from service_provider.queries.access import COMMAND
from service_provider.services import audit, learning

pytestmark = pytest.mark.django_db


def at_once(found: Any) -> Any:
    return found
    yield


def too_little(*given: Any, **more: Any) -> Any:
    raise TrainingRefused("There is no visit to learn from.")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> list[str]:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(churn.job, "climb", lambda *_, **__: at_once(risk_models.with_nets()))
    monkeypatch.setattr(churn.job, "measure", measured)
    return []


def measured(found: Any, **_: Any) -> learning.Training:
    """Passed at all gates, beside what is in use."""
    live = ModelVersion.objects.filter(live_kind="churn").values_list("number", flat=True).first()
    gates = [gate | ({"against": live} if "against" in gate else {}) for gate in risk_models.gates()]
    return learning.Training(
        kind="churn", artefact=found.artefact, report=found.report, rows=9, data_name="visits",
        data_fingerprint="", seed=0, gates=gates,
    )  # fmt: skip


def chosen() -> list[str]:
    return [row.report["chosen"] for row in ModelVersion.objects.order_by("number")]


def live() -> str:
    found: str = ModelVersion.objects.get(live_kind="churn").report["chosen"]
    return found


def learn(told: list[str]) -> None:
    churn.learn(now=timezone.now, tell=told.append)


def test_the_model_is_in_use_at_once_and_may_renew_itself(told: list[str]) -> None:
    assert churn.is_due(now=timezone.now())
    learn(told)

    assert told == []
    assert live() == risk_models.with_nets().report.chosen
    assert Schedule.objects.get(kind="train_churn").may_promote
    assert not churn.is_due(now=timezone.now())


def test_what_is_too_old_is_learnt_anew(told: list[str]) -> None:
    learn(told)
    assert churn.is_due(now=timezone.now() + timedelta(hours=37))
    ModelVersion.objects.update(created_at=make.NOON)
    assert churn.is_due(now=timezone.now())


def test_too_little_to_learn_from_is_told_once(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn.job, "climb", too_little)
    learn(told)

    assert told == ["No model of churn was put to use: There is no visit to learn from."]
    assert not ModelVersion.objects.exists()
    assert not churn.is_due(now=timezone.now())


def test_a_gate_that_does_not_hold_is_told(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_fallen", lambda version: ["parity 1.0e-02, at most 1.0e-05 is allowed"])
    learn(told)

    assert "did not pass: parity" in told[0]
    assert not ModelVersion.objects.exclude(live_kind=None).exists()


def test_the_nets_that_ship_are_versions_beside_what_learnt_here_and_the_choice_comes_last(
    told: list[str],
) -> None:
    learn(told)
    kept = chosen()

    assert sorted(kept) == sorted({"b4", "b5", *kept})
    assert len(kept) == 3
    assert kept[0] not in ("b4", "b5")
    assert [row.version.report["chosen"] for row in Promotion.objects.order_by("pk")] == [kept[0]] + (
        [live()] if live() != kept[0] else []
    )


def test_a_demo_of_an_earlier_release_gets_the_nets_once_and_keeps_what_is_in_use(told: list[str]) -> None:
    mine = risk_models.told_version(live=True, created_at=timezone.now())
    audit.record(COMMAND, demo.LEARNT, "mall", 1, now=timezone.now())
    assert churn.is_due(now=timezone.now())
    learn(told)

    assert set(chosen()) == {"b4", "b5", mine.report["chosen"]}
    assert ModelVersion.objects.get(live_kind="churn") == mine
    assert ModelVersion.objects.filter(shadow_kind="churn").count() == 1
    assert not churn.is_due(now=timezone.now())


def test_they_are_not_recorded_again_when_the_demo_learns_anew(told: list[str]) -> None:
    learn(told)
    before = chosen()
    churn.learn(now=lambda: timezone.now() + timedelta(hours=37), tell=told.append)
    assert chosen() == [*before, live()]
