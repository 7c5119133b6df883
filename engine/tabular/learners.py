"""What learns from a table. Every learner only stores its settings; `fit` gives a function from a table to the chance
of a 1 for each of its rows. Same table and seed, same chances. Settings: docs/algorithms/tabular.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import lightgbm as lgb
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from engine.tabular.columns import Floats, Table
from engine.tabular.shapes import widen

Predict = Callable[[Table], Floats]

BOOSTING: Mapping[str, Any] = {
    "objective": "binary", "learning_rate": 0.02, "num_leaves": 15, "min_data_in_leaf": 40, "feature_fraction": 0.7,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 10.0, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbose": -1,
}  # fmt: skip
ROUNDS = 400
"""The strong baseline: LightGBM (Ke et al. 2017), regularised."""

_RARE = 20  # a value seen less often has no column of its own


class Learner(Protocol):
    """Anything that can be fitted."""

    def fit(self, table: Table, *, seed: int) -> Predict: ...


def dense(table: Table, *, scaler: Any) -> ColumnTransformer:
    """Numbers through `scaler`, the unknown ones as the median; a column for each frequent value of a category."""
    numbers = [place for place, is_category in enumerate(table.categories) if not is_category]
    values = [place for place, is_category in enumerate(table.categories) if is_category]
    filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), scaler)
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=_RARE, sparse_output=False)
    return ColumnTransformer([("numbers", filled, numbers), ("values", one_hot, values)])


def _chances(model: Any, matrix: Any) -> Floats:
    return np.asarray(model.predict_proba(matrix)[:, 1], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Rate:
    """The trivial baseline: the share of ones, for everybody."""

    def fit(self, table: Table, *, seed: int) -> Predict:
        rate = float(table.labels.mean())
        return lambda asked: np.full(len(asked), rate)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Logistic regression on standardised columns; with `columns`, on those alone."""

    columns: tuple[str, ...] = ()

    def fit(self, table: Table, *, seed: int) -> Predict:
        known = self._known(table)
        model = make_pipeline(dense(known, scaler=StandardScaler()), LogisticRegression(max_iter=500))
        model.fit(known.matrix, known.labels)
        return lambda asked: _chances(model, self._known(asked).matrix)

    def _known(self, table: Table) -> Table:
        rest = [name for name in table.names if self.columns and name not in self.columns]
        return table.without(*rest)


@dataclass(frozen=True, slots=True)
class Vote:
    """The published four members, each with a chance; their mean."""

    def fit(self, table: Table, *, seed: int) -> Predict:
        members = [
            make_pipeline(dense(table, scaler=StandardScaler()), member).fit(table.matrix, table.labels)
            for member in self._members(seed)
        ]
        return lambda asked: np.mean([_chances(member, asked.matrix) for member in members], axis=0)

    def _members(self, seed: int) -> list[Any]:
        svm = LinearSVC(C=0.1, dual=False, random_state=seed)
        return [
            MLPClassifier((32,), early_stopping=True, n_iter_no_change=5, max_iter=500, random_state=seed),
            CalibratedClassifierCV(svm, method="sigmoid", cv=3),
            LogisticRegression(max_iter=500),
            DecisionTreeClassifier(max_depth=6, min_samples_leaf=20, random_state=seed),
        ]


@dataclass(frozen=True, slots=True)
class Forest:
    """A random forest on the columns as they are."""

    trees: int = 100

    def fit(self, table: Table, *, seed: int) -> Predict:
        model = RandomForestClassifier(self.trees, min_samples_leaf=5, random_state=seed)
        model.fit(table.matrix, table.labels)
        return lambda asked: _chances(model, asked.matrix)


@dataclass(frozen=True, slots=True)
class Boosting:
    """LightGBM: `bags` models that differ in their seed, their mean. `widened` adds the shapes of a visit."""

    rounds: int = ROUNDS
    bags: int = 1
    widened: bool = False
    changed: Mapping[str, Any] = field(default_factory=dict)  # of BOOSTING

    def fit(self, table: Table, *, seed: int) -> Predict:
        known = self._known(table)
        models = []
        for bag in range(self.bags):
            parameters = {**BOOSTING, **self.changed, "seed": seed * self.bags + bag}
            data = lgb.Dataset(known.matrix, known.labels, params={"verbose": -1})
            models.append(lgb.train(parameters, data, self.rounds))
        return lambda asked: np.mean(
            [model.predict(self._known(asked).matrix, num_threads=1) for model in models], axis=0
        )

    def _known(self, table: Table) -> Table:
        return widen(table) if self.widened else table


@dataclass(frozen=True, slots=True)
class RandomTrees:
    """Extremely randomised trees (Geurts et al. 2006) on the columns and the shapes of a visit."""

    trees: int = 150
    leaf: int = 6

    def fit(self, table: Table, *, seed: int) -> Predict:
        model = ExtraTreesClassifier(
            self.trees, min_samples_leaf=self.leaf, max_features=0.5, random_state=seed
        )
        model.fit(widen(table).matrix, table.labels)
        return lambda asked: _chances(model, widen(asked).matrix)


@dataclass(frozen=True, slots=True)
class Nets:
    """Small neural nets that differ in their seed, on normal quantiles of the columns and shapes; their mean.

    Adam, a fixed number of passes; the heavy weight decay takes the place of an early stop.
    """

    bags: int = 3
    hidden: int = 48
    passes: int = 25
    decay: float = 1.0

    def fit(self, table: Table, *, seed: int) -> Predict:
        known = widen(table)
        quantiles = QuantileTransformer(
            output_distribution="normal", n_quantiles=min(200, len(table)), subsample=None
        )
        columns: Pipeline = make_pipeline(dense(known, scaler=quantiles), StandardScaler())
        inputs = columns.fit_transform(known.matrix).astype(np.float32)
        nets = [self._net(inputs, table, seed * self.bags + bag) for bag in range(self.bags)]

        def predict(asked: Table) -> Floats:
            rows = columns.transform(widen(asked).matrix).astype(np.float32)
            return np.asarray(np.mean([_chances(net, rows) for net in nets], axis=0))

        return predict

    def _net(self, inputs: Any, table: Table, seed: int) -> MLPClassifier:
        net = MLPClassifier(
            (self.hidden,),
            alpha=self.decay,
            learning_rate_init=0.002,
            batch_size=min(128, len(table)),
            random_state=seed,
        )
        for _ in range(self.passes):
            net.partial_fit(inputs, table.labels, classes=[0, 1])
        return net
