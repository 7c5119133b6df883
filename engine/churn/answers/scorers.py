"""The rungs that are no nets, as they answer: from the parts that an artefact keeps. Web-safe.

Each is a callable: aggregates (n, A), steps (n, STEPS, 5) -> (n,) raw chance of churn.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.churn.answers import inputs
from engine.churn.answers.inputs import ACTIONS
from engine.churn.calibration import expit, logit
from engine.churn.columns import AGGREGATES, STEPS

Floats = NDArray[np.float64]
SEGMENT = AGGREGATES.index("segment")
ORDER = 4  # actions that an action of the chain hangs on
LONGEST = 30  # steps that have a rate of their own


class Scorer(Protocol):
    """Says the raw chance of churn."""

    def __call__(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16], /) -> Floats: ...


@dataclass(frozen=True)
class Rates:
    """b0. `table` (segments + 1, LONGEST): rates of purchase, the first row for an unknown segment."""

    table: Floats

    def __call__(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> Floats:
        step = np.clip(aggregates[:, 0], 1, LONGEST) - 1
        row = aggregates[:, SEGMENT] + 1
        return 1.0 - self.table[np.where(row < len(self.table), row, 0), step]


@dataclass(frozen=True)
class Chain:
    """b1. `odds` (ACTIONS ** 5,): log-odds of a purchase by the last five actions; `line` (3,)."""

    odds: NDArray[np.float32]
    line: Floats

    def __call__(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> Floats:
        return 1.0 - expit(chain_columns(aggregates, steps, self.odds) @ self.line)


def chain_columns(
    aggregates: NDArray[np.int64], steps: NDArray[np.int16], odds: NDArray[np.float32]
) -> Floats:
    """(n, 3): one, the sum of the log-odds of all actions, the logarithm of the number of events."""
    codes = grams(steps)
    told = np.where(steps[:, :, 0] > 0, odds[codes], np.float32(0)).sum(axis=1, dtype=np.float64)
    return np.stack([np.ones(len(told)), told, np.log1p(np.maximum(aggregates[:, 0], 0))], axis=1)


def grams(steps: NDArray[np.int16]) -> NDArray[np.int64]:
    """(n, STEPS) each step's action with the ORDER before it, as one number; the newest is its last digit."""
    action = np.pad(steps[:, :, 0].astype(np.int64), ((0, 0), (ORDER, 0)))
    code = np.zeros((len(steps), STEPS), dtype=np.int64)
    for back in range(ORDER, -1, -1):
        code = code * ACTIONS + action[:, ORDER - back : ORDER - back + STEPS]
    return code


@dataclass(frozen=True)
class Line:
    """b2 and b2s: a line through `inputs.plain`, and where it is a margin, Platt's line through that."""

    weights: Floats
    constant: float
    segments: int

    def __call__(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> Floats:
        return 1.0 - expit(self.constant + inputs.plain(aggregates, steps, self.segments) @ self.weights)


class Trees:
    """b3: graphs of boosted trees, averaged in log-odds."""

    def __init__(self, graphs: list[bytes]) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        made = [ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"]) for graph in graphs]
        self._sessions = [(one, one.get_inputs()[0].name, one.get_outputs()[-1].name) for one in made]

    def __call__(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> Floats:
        given = inputs.boosted(aggregates, steps)
        said = [one.run([out], {name: given})[0] for one, name, out in self._sessions]
        return 1.0 - expit(np.mean([logit(chances[:, 1].astype(np.float64)) for chances in said], axis=0))


def of_parts(name: str, parts: Mapping[str, bytes]) -> Scorer:
    """The scorer of b0, b1, b2, b2s or b3 from what its `parts()` gave. KeyError where a part is missing."""
    if name == "b3":
        return Trees([parts[key] for key in sorted(parts) if key.startswith("b3-")])
    data: dict[str, Any] = json.loads(parts[f"{name}.json"])
    if name == "b0":
        return Rates(np.array(data["table"], dtype=np.float64))
    if name == "b1":
        odds = np.frombuffer(parts["b1.odds"], dtype="<f4")
        return Chain(odds, np.array(data["line"], dtype=np.float64))
    if name in ("b2", "b2s"):
        return Line(np.array(data["weights"], dtype=np.float64), data["constant"], data["segments"])
    raise KeyError(name)


def stacked(line: tuple[float, float, float], boosted: Floats, net: Floats) -> Floats:
    """b7: the chance of churn from those of b3 and of the better net."""
    constant, first, second = line
    return expit(constant + first * logit(boosted) + second * logit(net))
