"""Models of churn that need no training to speak of: the plain rate by segment and step, of made-up visits."""

import json
from functools import cache
from typing import Any

import churn_logs
import make
import net_visits
import numpy as np

from engine import artefacts
from engine.churn import calibration, fit
from engine.churn.ladder import artefact as ladder_artefact
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.ladder.settings import LadderSettings
from engine.churn.rungs import counting
from engine.churn.splits import Parts
from engine.churn.windows import NEVER, Windows
from service_provider.adapters import model_store
from service_provider.models import ModelVersion
from service_provider.queries.learning import CHURN

NONE = np.zeros(0, dtype=np.int64)


@cache
def artefact(seed: int = 1, *, threshold: float = 0.9) -> bytes:
    """Of other visits for another seed."""
    made = net_visits.made(seed=seed)
    learn, valid = net_visits.halves(made)
    return packed(counting.rates(learn), made, valid, threshold=threshold)


def packed(rung: Any, made: Windows, valid: Windows, *, threshold: float = 0.9) -> bytes:
    every = np.arange(len(made))
    parts = Parts(train=NONE, validation=NONE, calibration=NONE, test=every, never_seen=every < 0)
    line = calibration.fit(rung.score(valid), valid.bought, valid.segment, valid.weight)
    climbed = Climbed(parts, rungs={rung.name: rung}, calibrations={rung.name: line})
    return ladder_artefact.pack(climbed, Choice(rung.name, "for a test", threshold), made, seed=1)


def of_version(content: bytes, **versions: int) -> bytes:
    """The same artefact, said to be made for other columns."""
    parts = dict(artefacts.unpack(content))
    parts["card.json"] = json.dumps(json.loads(parts["card.json"]) | versions).encode()
    return artefacts.pack(parts)


@cache
def trained() -> Any:
    """The plain rate and boosting, climbed on a few visits of the simulated mall, with their whole report."""
    settings = LadderSettings(rungs=("b0", "b3"), extra=1, bags=1)
    log, clock = churn_logs.mall().log, churn_logs.Ticking()
    return churn_logs.result(fit.train(log, seed=0, clock=clock, settings=settings, until_ms=NEVER))


@cache
def with_nets() -> Any:
    """The same with two of the nets that ship."""
    shipped = {rung: model_store.read_shipped(f"{rung}.model") for rung in ("b4", "b5")}
    settings = LadderSettings(rungs=("b0", "b3"), extra=1, bags=1, shipped=shipped)
    log, clock = churn_logs.mall().log, churn_logs.Ticking()
    return churn_logs.result(fit.train(log, seed=0, clock=clock, settings=settings, until_ms=NEVER))


def gates(*failing: str) -> list[dict[str, Any]]:
    """As they are stored; all hold but these."""
    told = {
        "log-loss": (0.004, 0.005),
        "calibration": (0.01, 0.02),
        "parity": (1e-7, 1e-5),
        "latency": (2e-4, 1e-3),
    }
    return [
        {"name": name, "figure": figure, "limit": limit, "holds": name not in failing, "note": "for a test"}
        | ({"against": None} if name == "log-loss" else {})
        for name, (figure, limit) in told.items()
    ]


def told_version(number: int = 1, *, live: bool = False, **fields: Any) -> ModelVersion:
    """A version with a report that a page can show."""
    found = trained()
    given = {"report": found.report.to_json(), "gates": gates(), "rows": found.report.pooled.rows}
    return version(number, content=found.artefact, live=live, **given | fields)


def version(
    number: int = 1, *, content: bytes | None = None, live: bool = False, **fields: Any
) -> ModelVersion:
    """A version of churn whose artefact lies on disk; with `live` it is the one in use."""
    kept = artefact() if content is None else content
    name = f"churn-{number}.model"
    given: dict[str, Any] = {
        "kind": CHURN,
        "live_kind": CHURN if live else None,
        "sha256": model_store.save(name, kept),
        "stored_name": name,
        "data_fingerprint": "0" * 64,
        "data_name": "made-up visits",
        "rows": 400,
        "seed": 1,
        "report": {},
        "by_label": "petra",
        "created_at": make.NOON,
    }
    return ModelVersion.objects.create(number=number, **given | fields)


__all__ = ["artefact", "gates", "of_version", "packed", "told_version", "trained", "version", "with_nets"]
