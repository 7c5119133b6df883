"""Models of churn that need no training to speak of: the plain rate by segment and step, of made-up visits."""

import json
from functools import cache
from typing import Any

import make
import net_visits
import numpy as np

from engine import artefacts
from engine.churn import calibration
from engine.churn.ladder import artefact as ladder_artefact
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.rungs import counting
from engine.churn.splits import Parts
from engine.churn.windows import Windows
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


__all__ = ["artefact", "of_version", "packed", "version"]
