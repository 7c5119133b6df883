"""Whether visits still look as they did when a model of churn was tested. docs/algorithms/churn_watch.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn.calibration import logit
from engine.churn.columns import AGGREGATES
from engine.churn.regressions import ridge_logit
from engine.contracts import Measure
from engine.metrics import Z

Floats = NDArray[np.float64]
BINS, HALF = 10, 0.5
MOVED, WELL = 0.25, 0.20
LOW, HIGH = 0.8, 1.25
LEAST_ROWS, LEAST_VISITS = 500, 50
SCORE = "score"
MAIN = (
    "events", "elapsed_ms", "mean_gap_ms", "distinct_products", "repeat_views", "categories", "price_mean_minor",
    "basket_lines",
)  # fmt: skip
"""The features that are watched: none is a code, and none grows just because the mall does."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The index of one column, and whether it says that the population is another one."""

    name: str
    index: float

    @property
    def has_moved(self) -> bool:
        return self.index > MOVED

    @property
    def is_well(self) -> bool:
        return self.index < WELL


def reference(said: Floats, aggregates: NDArray[np.int64]) -> dict[str, Any]:
    """What a test looked like: by column the inner edges of tenths and how many windows each holds. `said` (n,) are
    chances, `aggregates` (n, A) as in windows."""
    columns = _columns(said, aggregates)
    return {"rows": len(said), "columns": {name: _bins(values) for name, values in columns.items()}}


def compare(kept: Mapping[str, Any], said: Floats, aggregates: NDArray[np.int64]) -> tuple[Moved, ...]:
    """The index of every column that the reference has, the score first. Empty for fewer than LEAST_ROWS windows."""
    if len(said) < LEAST_ROWS or not kept:
        return ()
    found = _columns(said, aggregates)
    return tuple(
        Moved(name, _index(np.array(told["counts"], dtype=np.float64), _counts(found[name], told["edges"])))
        for name, told in kept["columns"].items()
        if name in found
    )


def slope(churn: Floats, left: NDArray[np.int8], visit: NDArray[np.int64]) -> Measure | None:
    """The calibration slope of chances (n,) that were said live; `left` (n,) is 1 where no purchase came, `visit` (n,)
    whose they are. None for fewer than LEAST_VISITS visits of either outcome."""
    outcomes = [len(np.unique(visit[left == value])) for value in (0, 1)]
    if min(outcomes) < LEAST_VISITS:
        return None
    design = np.stack([np.ones(len(churn)), logit(churn)], axis=1)
    label, weight = left.astype(np.float64), np.ones(len(churn))
    found = ridge_logit(design, label, weight, towards=np.array([0.0, 1.0]), strength=1e-3)
    chance = 1.0 / (1.0 + np.exp(-(design @ found)))
    back = np.linalg.pinv((design * (chance * (1.0 - chance))[:, None]).T @ design)
    who = np.unique(visit, return_inverse=True)[1]
    scores = design * (label - chance)[:, None]
    summed = np.stack([np.bincount(who, scores[:, place]) for place in range(2)], axis=1)
    half = Z * sqrt(float((back @ (summed.T @ summed) @ back)[1, 1]))
    return Measure(float(found[1]), float(found[1]) - half, float(found[1]) + half)


def is_off(found: Measure) -> bool:
    """Whether the whole interval of a slope lies outside LOW to HIGH."""
    return (found.high or found.value) < LOW or (found.low or found.value) > HIGH


def _columns(said: Floats, aggregates: NDArray[np.int64]) -> dict[str, Floats]:
    columns = {name: aggregates[:, AGGREGATES.index(name)].astype(np.float64) for name in MAIN}
    return {SCORE: said} | columns


def _bins(values: Floats) -> dict[str, list[float]]:
    edges = (
        np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="lower")).tolist()
        if len(values)
        else []
    )
    return {"edges": edges, "counts": _counts(values, edges).tolist()}


def _counts(values: Floats, edges: list[float]) -> Floats:
    """How many lie at or below each edge and above the one before, and above all."""
    places = np.searchsorted(np.asarray(edges), values, side="left")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.float64)


def _index(before: Floats, now: Floats) -> float:
    expected = (before + HALF) / (before + HALF).sum()
    actual = (now + HALF) / (now + HALF).sum()
    return float(((actual - expected) * np.log(actual / expected)).sum())
