"""b6 and b7: rungs that stand on others, a random forest on a net's embedding, and the stack."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier

from engine.churn import splits
from engine.churn.answers import inputs, scorers
from engine.churn.calibration import logit
from engine.churn.regressions import ridge_logit
from engine.churn.rungs.fitted import Rung
from engine.churn.windows import Windows
from engine.contracts import Progress

Floats = NDArray[np.float64]
TREES, LEAF, MOST_ROWS = 100, 50, 60_000
FOLDS, STRENGTH = 5, 1.0
_OPSETS = {"": 18, "ai.onnx.ml": 3}


class Embedding(Rung, Protocol):
    """A net that tells what its heads read."""

    def embed(self, windows: Windows) -> NDArray[np.float32]:
        """(n, E)."""


@dataclass(frozen=True)
class Forest:
    """b6, the published last step."""

    name: str
    net: Embedding
    forest: Any

    def score(self, windows: Windows) -> Floats:
        return np.asarray(self.forest.predict_proba(_joined(self.net, windows))[:, 0], dtype=np.float64)

    def parts(self) -> dict[str, bytes]:
        """The net's parts, and the forest on its embedding with the aggregates behind it."""
        plain = {id(self.forest): {"zipmap": False}}
        shape = [("columns", FloatTensorType([None, self.forest.n_features_in_]))]
        made = convert_sklearn(self.forest, "b6", initial_types=shape, target_opset=_OPSETS, options=plain)
        return {**self.net.parts(), "b6.onnx": made.SerializeToString()}


def forest(train: Windows, net: Embedding, *, seed: int) -> Generator[Progress, None, Forest]:
    """b6: a random forest (Breiman 2001) on embedding and what b3 reads, of at most MOST_ROWS windows a tree."""
    yield Progress("Random forest", 0, 1)
    made = RandomForestClassifier(
        TREES,
        min_samples_leaf=LEAF,
        max_features="sqrt",
        max_samples=min(1.0, MOST_ROWS / len(train)),
        n_jobs=1,
        random_state=seed,
    )
    made.fit(_joined(net, train), train.bought, sample_weight=train.weight)
    return Forest("b6", net, made)


def _joined(net: Embedding, windows: Windows) -> NDArray[np.float32]:
    return np.concatenate([net.embed(windows), inputs.boosted(windows.aggregates, windows.steps)], axis=1)


@dataclass(frozen=True)
class Stack:
    """b7: a line through the log-odds of b3 and of a net. `held_out`: validation, each shopper by other shoppers'."""

    name: str
    boosted: Rung
    net: Rung
    line: tuple[float, float, float]
    held_out: Floats

    def score(self, windows: Windows) -> Floats:
        return scorers.stacked(self.line, self.boosted.score(windows), self.net.score(windows))

    def parts(self) -> dict[str, bytes]:
        data = {"line": self.line, "net": self.net.name}
        return {**self.boosted.parts(), **self.net.parts(), "b7.json": json.dumps(data).encode()}


def stack(valid: Windows, boosted: Rung, net: Rung, *, seed: int) -> Stack:
    """b7, fitted on validation."""
    first, second = boosted.score(valid), net.score(valid)
    fold = splits.groups(valid.shopper, FOLDS, seed=seed)
    held_out = np.zeros(len(valid))
    for number in range(FOLDS):
        rows = fold == number
        line = _weights(valid, first, second, ~rows)
        held_out[rows] = scorers.stacked(line, first[rows], second[rows])
    everyone = np.ones(len(valid), dtype=np.bool_)
    return Stack("b7", boosted, net, _weights(valid, first, second, everyone), held_out)


def _weights(
    valid: Windows, first: Floats, second: Floats, rows: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Drawn towards half of each, where there is little to learn from."""
    design = np.stack([np.ones(int(rows.sum())), logit(first[rows]), logit(second[rows])], axis=1)
    left = 1.0 - valid.bought[rows].astype(np.float64)
    weight, middle = valid.weight[rows].astype(np.float64), np.array([0.0, 0.5, 0.5])
    constant, one, other = ridge_logit(design, left, weight, towards=middle, strength=STRENGTH)
    return float(constant), float(one), float(other)
