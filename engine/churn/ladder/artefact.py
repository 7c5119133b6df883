"""The chosen rung as bytes: its parts, its card, and rows with their answers by which whoever loads it proves it."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import artefacts
from engine.churn.columns import CHURN_VERSION
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.ladder.shipped import Shipped
from engine.churn.windows import Windows
from engine.features import FEATURES_VERSION

CHECKS = 16


def pack(climbed: Climbed, choice: Choice, windows: Windows, *, seed: int) -> bytes:
    """Parts: `card.json`, `check-aggregates.npy` (n, A), `check-steps.npy` (n, STEPS, 5), `check-churn.npy` (n,) the
    calibrated chances, and what the rung keeps."""
    rung, line = climbed.rungs[choice.rung], climbed.calibrations[choice.rung]
    rows = climbed.parts.test[:: max(1, len(climbed.parts.test) // CHECKS)][:CHECKS]
    asked = rung.told(windows.take(rows)) if isinstance(rung, Shipped) else windows.take(rows)
    card = {
        "rung": choice.rung,
        "why": choice.why,
        "threshold": choice.threshold,
        "seed": seed,
        "features_version": FEATURES_VERSION,
        "churn_version": CHURN_VERSION,
        "categories": asked.words.categories,
        "segments": asked.words.segments,
        "calibration": json.loads(line.to_json()),
        "fingerprint": fingerprint(windows),
    }
    if isinstance(rung, Shipped):
        card |= {"net_segments": 0, "shipped": rung.mark}
    checks = {
        "check-aggregates.npy": _plain(asked.aggregates),
        "check-steps.npy": _plain(asked.steps),
        "check-churn.npy": _plain(line.apply(rung.score(asked), asked.segment)),
    }
    return artefacts.pack({"card.json": json.dumps(card).encode(), **checks, **rung.parts()})


def fingerprint(windows: Windows) -> str:
    """Changes with anything that was learnt from."""
    digest = sha256()
    for name in ("visit", "step", "moment", "aggregates", "steps", "bought", "weight"):
        digest.update(np.ascontiguousarray(getattr(windows, name)).tobytes())
    return digest.hexdigest()


def _plain(values: NDArray[Any]) -> bytes:
    out = BytesIO()
    np.save(out, values, allow_pickle=False)
    return out.getvalue()
