"""What must hold before a model of churn may serve, each with its figure. docs/algorithms/churn_watch.md."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn.fit import Trained
from engine.churn.ladder.figures import BINS, losses
from engine.churn.ladder.shipped import translated
from engine.churn.serve import RiskModel
from engine.churn.windows import Windows

WORSE, ECE, PARITY, SECONDS = 0.005, 0.02, 1e-5, 0.001
MOST_ASKED, TIMED, TIMES = 2_000, 500, 3
OF_SHIPPED = "beside its learner on the file's own check rows, beside the file on these windows"
LOSS_GATE, ECE_GATE, PARITY_GATE, LATENCY_GATE = "log-loss", "calibration", "parity", "latency"


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure, the most that it may be, and whether it holds. Where there is no figure `note` says why."""

    name: str
    figure: float | None
    limit: float
    holds: bool
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    trained: Trained,
    model: RiskModel,
    champion: RiskModel | None,
    *,
    clock: Callable[[], float],
    note: str = "",
) -> tuple[Gate, ...]:
    """All gates of what was trained. `model`: its artefact, loaded; `champion`: the model in use, or none, and then
    `note` may say why there is none to compare with. `clock` counts seconds."""
    return (
        _loss(trained, champion, note),
        _calibration(trained),
        _parity(trained, model),
        _latency(trained.test, model, clock),
    )


def _loss(trained: Trained, champion: RiskModel | None, note: str) -> Gate:
    if champion is None:
        return Gate(LOSS_GATE, None, WORSE, True, note or "no version is in use to compare with")
    rows = _spread(len(trained.test), MOST_ASKED)
    asked = trained.test.take(rows)
    told = translated(asked, champion.words)
    ours = _mean_loss(asked, trained.said[rows])
    theirs = _mean_loss(asked, champion.answer(told.aggregates, told.steps))
    figure = ours / theirs - 1.0
    return Gate(
        LOSS_GATE, figure, WORSE, figure <= WORSE, f"{ours:.5f} beside {theirs:.5f} of the version in use"
    )


def _mean_loss(windows: Windows, churn: NDArray[np.float64]) -> float:
    return float(np.average(losses(windows.bought.astype(np.float64), churn), weights=windows.weight))


def _calibration(trained: Trained) -> Gate:
    table = trained.report.pooled
    found = table.model(trained.report.chosen).metrics.get("ece")
    if found is None:
        return Gate(ECE_GATE, None, ECE, False, "the test is too small to tell")
    chance = _by_chance(trained.said[trained.test.moment >= 0], table.rows)
    figure = max(0.0, found.value - chance)
    note = f"ECE {found.value:.4f}, of which chance alone gives {chance:.4f} on {table.rows:,} windows"
    return Gate(ECE_GATE, figure, ECE, figure <= ECE, note)


def _by_chance(said: NDArray[np.float64], rows: int) -> float:
    """The ECE of chances that are right, on so many rows: by bin the mean distance of a normal from its middle."""
    if not len(said):
        return 0.0
    bins = np.array_split(np.sort(said), BINS)
    spread = sum(sqrt(2 / pi * float((some * (1 - some)).sum())) for some in bins)
    return spread / len(said) * sqrt(len(said) / max(rows, 1))


def _parity(trained: Trained, model: RiskModel) -> Gate:
    rows = _spread(len(trained.test), MOST_ASKED)
    asked = translated(trained.test.take(rows), model.words)
    found = float(np.abs(model.answer(asked.aggregates, asked.steps) - trained.said[rows]).max())
    if trained.shipped_off is None:
        return Gate(PARITY_GATE, found, PARITY, found <= PARITY)
    most = max(found, trained.shipped_off)
    return Gate(PARITY_GATE, most, PARITY, most <= PARITY, OF_SHIPPED)


def _latency(test: Windows, model: RiskModel, clock: Callable[[], float]) -> Gate:
    rows = _spread(len(test), TIMED)
    asked = translated(test.take(rows), model.words)
    taken = [_least(asked.take(np.array([place])), model, clock) for place in range(len(rows))]
    found = float(np.quantile(taken, 0.99, method="higher"))
    return Gate(LATENCY_GATE, found, SECONDS, found <= SECONDS)


def _least(row: Windows, model: RiskModel, clock: Callable[[], float]) -> float:
    taken = []
    for _ in range(TIMES):
        began = clock()
        model.answer(row.aggregates, row.steps)
        taken.append(clock() - began)
    return min(taken)


def _spread(number: int, most: int) -> NDArray[np.int64]:
    """At most so many places, evenly over all."""
    return np.unique(np.linspace(0, number - 1, min(number, most)).astype(np.int64))
