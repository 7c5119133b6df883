"""b3: gradient boosting (LightGBM, Ke and others 2017), one thread, the same trees every time."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from engine.churn.answers import inputs
from engine.churn.calibration import expit
from engine.churn.windows import Windows
from engine.contracts import Progress

Floats = NDArray[np.float64]
PARAMETERS = {
    "objective": "binary", "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
    "learning_rate": 0.05, "num_leaves": 8, "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1,
    "lambda_l2": 30.0, "max_bin": 127,
}  # fmt: skip
ROUNDS, PATIENCE = 600, 30
LEAST_LEAF, LEAF_SHARE = 20, 500  # a leaf has at least so many rows, and one of so many
OPSETS = 15
_LEAVES = re.compile(r"^leaf_value=(.*)$", re.MULTILINE)
_THRESHOLDS = re.compile(r"^threshold=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Boosted:
    """One booster: the trees of several, whose log-odds are averaged."""

    name: str
    booster: Any

    def score(self, windows: Windows) -> Floats:
        given = inputs.boosted(windows.aggregates, windows.steps)
        odds = np.asarray(self.booster.predict(given, raw_score=True, num_threads=1), dtype=np.float64)
        return 1.0 - expit(odds)

    def parts(self) -> dict[str, bytes]:
        return {f"{self.name}-0.onnx": _graph(self.booster)}


def boosting(train: Windows, valid: Windows, *, seed: int, bags: int) -> Generator[Progress, None, Boosted]:
    """b3: `bags` boosters, each with a seed of its own, each stopped where validation is best."""
    given, asked = (inputs.boosted(part.aggregates, part.steps) for part in (train, valid))
    texts = []
    for bag in range(bags):
        yield Progress("Gradient boosting", bag, bags)
        texts.append(_text((given, train), (asked, valid), seed=seed + bag))
    return Boosted("b3", lgb.Booster(model_str=_averaged(texts)))


def _text(
    learnt: tuple[NDArray[np.float32], Windows], asked: tuple[NDArray[np.float32], Windows], *, seed: int
) -> str:
    leaf = max(LEAST_LEAF, len(learnt[1]) // LEAF_SHARE)
    parameters = PARAMETERS | {"seed": seed % 2**31, "min_data_in_leaf": leaf}
    own = {"max_bin": PARAMETERS["max_bin"], "verbose": -1}
    data = lgb.Dataset(learnt[0], learnt[1].bought, weight=learnt[1].weight, params=own)
    valid = data.create_valid(asked[0], asked[1].bought, weight=asked[1].weight)
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    model = lgb.train(parameters, data, ROUNDS, valid_sets=[valid], callbacks=[stop])
    return _as_32_bit(model.model_to_string(num_iteration=model.best_iteration))


def _averaged(texts: list[str]) -> str:
    """All trees as one model, each with its share of the weight: the mean of the log-odds in one graph."""
    parts = [re.split(r"^(?=Tree=|end of trees)", text, flags=re.MULTILINE) for text in texts]
    share = 1.0 / len(texts)
    trees = [_scaled(tree, share) for part in parts for tree in part[1:-1]]
    named = [re.sub(r"^Tree=\d+", f"Tree={place}", tree) for place, tree in enumerate(trees)]
    return "".join([parts[0][0], *named, parts[0][-1]])


def _scaled(tree: str, share: float) -> str:
    def smaller(found: re.Match[str]) -> str:
        return "leaf_value=" + " ".join(repr(float(one) * share) for one in found[1].split())

    return _LEAVES.sub(smaller, tree)


def _as_32_bit(text: str) -> str:
    """The same trees with thresholds that are 32-bit floats: rounded down, which parts 32-bit columns alike.

    ONNX compares in 32 bits; a threshold rounded to the next would send a row the other way.
    """

    def rounded(found: re.Match[str]) -> str:
        numbers = np.array(found[1].split(), dtype=np.float64)
        near = numbers.astype(np.float32)
        down = np.where(near > numbers, np.nextafter(near, np.float32(-np.inf)), near)
        return "threshold=" + " ".join(repr(float(one)) for one in down)

    sizes = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)  # of the text before; not needed
    return sizes.sub("", _THRESHOLDS.sub(rounded, text))


def _graph(booster: Any) -> bytes:
    shape = [("columns", FloatTensorType([None, booster.num_feature()]))]
    made = convert_lightgbm(booster, "b3", initial_types=shape, zipmap=False, target_opset=OPSETS)
    content: bytes = made.SerializeToString()
    return content
