"""Gradient boosting in the simulated mall: LightGBM (Ke et al. 2017), one thread, the same trees every time."""

import lightgbm as lgb
import numpy as np

from engine.simulate.chance.draws import Floats, Ints

PARAMETERS = {
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1, "learning_rate": 0.07,
    "num_leaves": 15, "feature_fraction": 0.8, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10.0,
    "max_bin": 63,
}  # fmt: skip
ROUNDS = 80
LEAF_SHARE = 1_000  # a leaf has at least one of so many rows, and at least LEAST_LEAF
LEAST_LEAF = 20
FOREST = {
    "boosting": "rf",
    "num_leaves": 31,
    "bagging_fraction": 0.5,
    "feature_fraction": 0.5,
    "lambda_l2": 1.0,
}


def fit(
    features: Ints | Floats, target: Floats, *, seed: int, chance: bool, forest: bool = False
) -> lgb.Booster:
    """A model of `target` (n,) by `features` (n, m): a chance (0 to 1) or an amount.

    Source: LightGBM; with `forest` its random forest, the second learner of the yardsticks.
    """
    parameters = (
        PARAMETERS
        | (FOREST if forest else {})
        | {
            "objective": "binary" if chance else "regression",
            "seed": seed % 2**31,
            "min_data_in_leaf": max(LEAST_LEAF, len(target) // LEAF_SHARE),
        }
    )
    return lgb.train(parameters, lgb.Dataset(features, target, params={"max_bin": 63, "verbose": -1}), ROUNDS)


def predict(model: lgb.Booster, features: Ints | Floats) -> Floats:
    """(n,) in the unit of the model's target."""
    found: Floats = np.asarray(model.predict(features, num_threads=1), dtype=np.float64)
    return found
