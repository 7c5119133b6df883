"""The demo learns the risk in a visit once, and again when that is too old; too little to learn from stops nobody."""

from datetime import timedelta
from typing import Any

import make
import pytest
import risk_models
from django.utils import timezone

from engine.churn.fit import TrainingRefused
from service_provider.management.demo import churn
from service_provider.models import ModelVersion, Schedule
from service_provider.services import learning

pytestmark = pytest.mark.django_db


def at_once(training: learning.Training) -> Any:
    return training
    yield


def too_little(*given: Any, **more: Any) -> Any:
    raise TrainingRefused("There is no visit to learn from.")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> list[str]:
    settings.VAR_DIR = tmp_path
    passed = learning.Training(
        kind="churn", artefact=risk_models.trained().artefact, report=risk_models.trained().report, rows=9,
        data_name="visits", data_fingerprint="", seed=0, gates=risk_models.gates(),
    )  # fmt: skip
    monkeypatch.setattr(churn.job, "train", lambda *_, **__: at_once(passed))
    return []


def learn(told: list[str]) -> None:
    churn.learn(now=timezone.now, tell=told.append)


def test_the_model_is_in_use_at_once_and_may_renew_itself(told: list[str]) -> None:
    assert churn.is_due(now=timezone.now())
    learn(told)

    assert told == []
    assert ModelVersion.objects.get(live_kind="churn").number == 1
    assert Schedule.objects.get(kind="train_churn").may_promote
    assert not churn.is_due(now=timezone.now())


def test_what_is_too_old_is_learnt_anew(told: list[str]) -> None:
    learn(told)
    assert churn.is_due(now=timezone.now() + timedelta(hours=37))
    ModelVersion.objects.update(created_at=make.NOON)
    assert churn.is_due(now=timezone.now())


def test_too_little_to_learn_from_is_told_once(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn.job, "train", too_little)
    learn(told)

    assert told == ["No model of churn was put to use: There is no visit to learn from."]
    assert not ModelVersion.objects.exists()
    assert not churn.is_due(now=timezone.now())


def test_a_gate_that_does_not_hold_is_told(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_fallen", lambda version: ["parity 1.0e-02, at most 1.0e-05 is allowed"])
    learn(told)

    assert "did not pass: parity" in told[0]
    assert not ModelVersion.objects.exclude(live_kind=None).exists()
