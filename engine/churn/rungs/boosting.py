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
_THRESHOLDS = re.compile(r"^threshold=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Boosted:
    """Boosters whose log-odds are averaged."""

    name: str
    boosters: tuple[Any, ...]

    def score(self, windows: Windows) -> Floats:
        given = inputs.boosted(windows.aggregates, windows.steps)
        odds = [one.predict(given, raw_score=True, num_threads=1) for one in self.boosters]
        return 1.0 - expit(np.mean(odds, axis=0))

    def parts(self) -> dict[str, bytes]:
        return {f"{self.name}-{place}.onnx": _graph(one) for place, one in enumerate(self.boosters)}


def boosting(train: Windows, valid: Windows, *, seed: int, bags: int) -> Generator[Progress, None, Boosted]:
    """b3: `bags` boosters, each with a seed of its own, each stopped where validation is best."""
    given, asked = (inputs.boosted(part.aggregates, part.steps) for part in (train, valid))
    boosters = []
    for bag in range(bags):
        yield Progress("Gradient boosting", bag, bags)
        boosters.append(_booster((given, train), (asked, valid), seed=seed + bag))
    return Boosted("b3", tuple(boosters))


def _booster(
    learnt: tuple[NDArray[np.float32], Windows], asked: tuple[NDArray[np.float32], Windows], *, seed: int
) -> Any:
    leaf = max(LEAST_LEAF, len(learnt[1]) // LEAF_SHARE)
    parameters = PARAMETERS | {"seed": seed % 2**31, "min_data_in_leaf": leaf}
    own = {"max_bin": PARAMETERS["max_bin"], "verbose": -1}
    data = lgb.Dataset(learnt[0], learnt[1].bought, weight=learnt[1].weight, params=own)
    valid = data.create_valid(asked[0], asked[1].bought, weight=asked[1].weight)
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    model = lgb.train(parameters, data, ROUNDS, valid_sets=[valid], callbacks=[stop])
    return lgb.Booster(model_str=_as_32_bit(model.model_to_string(num_iteration=model.best_iteration)))


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
