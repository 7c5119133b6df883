"""The learners of phase 0, each grown in small steps so that long fits can be watched and stopped.

Every learner takes a matrix of features (n x d, float32) and labels (n of 0 and 1) and afterwards
says 0 or 1 (`predict`) and a score that rises with High (`score`). Settings: docs/algorithms/revenue.md.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from engine.contracts import HIGH, LOW, MEMBERS
from engine.revenue.columns import MATRIX_COLUMNS, NUMBERS, Matrix

Labels = NDArray[np.int64]
Steps = Generator[None, None, Any]

_PASSES, _PATIENCE = 60, 5
_TREES, _TREES_A_STEP = 100, 10


def fit_columns(matrix: Matrix) -> ColumnTransformer:
    """The one transformer, fitted: Layout.matrix (n x 10) -> features (n x d, float32); unknown sets nothing.

    Numbers are centred at a 32-bit mean and divided by the power of two next to their standard deviation:
    both steps are then exact to the last bit in scikit-learn and in ONNX, and a tree whose threshold is a
    number of the table decides alike on both sides.
    """
    split = len(NUMBERS)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    fitted = ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(range(split))),
            ("values", one_hot, list(range(split, len(MATRIX_COLUMNS)))),
        ]
    ).fit(matrix)
    scaler = fitted.named_transformers_["numbers"]
    scaler.mean_ = scaler.mean_.astype(np.float32).astype(np.float64)
    scaler.scale_ = np.exp2(np.round(np.log2(scaler.scale_)))
    return fitted


def hard_vote(votes: NDArray[np.integer]) -> Labels:
    """Votes (members x n) -> High where more than half say so; a tie is Low, as in VotingClassifier."""
    return (2 * votes.sum(axis=0) > len(votes)).astype(np.int64)


def score(model: Any, features: Any) -> NDArray[np.float64]:
    """What the answer is cut from: the probability of High, or the distance from the margin."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)
    return np.asarray(model.decision_function(features), dtype=np.float64)


def fit(name: str, features: Any, labels: Labels, *, seed: int) -> Steps:
    """Steps whose result is the fitted `name`: a member, random_forest or knn (KeyError for another)."""
    return _FITS[name](features, labels, seed)


def _fit_mlp(features: Any, labels: Labels, seed: int) -> Steps:
    """Adam, one pass a step; the weights of the pass with the least validation loss are kept."""
    net = MLPClassifier((32,), batch_size=min(512, max(32, len(labels) // 20)), random_state=seed)
    train_x, held_x, train_y, held_y = train_test_split(
        features, labels, test_size=0.1, stratify=labels, random_state=seed
    )
    best, kept, since = np.inf, None, 0
    for _ in range(_PASSES):
        net.partial_fit(train_x, train_y, classes=[LOW, HIGH])
        loss = _log_loss(held_y, net.predict_proba(held_x))
        since += 1
        if loss < best - 1e-4:
            best, since = loss, 0
            kept = [w.copy() for w in net.coefs_], [b.copy() for b in net.intercepts_]
        if since >= _PATIENCE:
            break
        yield
    if kept is not None:
        net.coefs_, net.intercepts_ = kept
    return net


def _log_loss(labels: Labels, chances: NDArray[np.floating]) -> float:
    """Mean of -log of the probability given to the right answer; chances n x 2."""
    right = chances[np.arange(len(labels)), labels]
    return -float(np.log(np.clip(right.astype(np.float64), 1e-15, 1.0)).mean())


def _fit_forest(features: Any, labels: Labels, seed: int) -> Steps:
    forest = RandomForestClassifier(max_depth=12, min_samples_leaf=5, warm_start=True, random_state=seed)
    for trees in range(_TREES_A_STEP, _TREES + 1, _TREES_A_STEP):
        forest.set_params(n_estimators=trees).fit(features, labels)
        yield
    return forest


def _at_once(make: Callable[[int, int], Any]) -> Callable[[Any, Labels, int], Steps]:
    """A learner that fits in one step, from (rows, seed)."""

    def steps(features: Any, labels: Labels, seed: int) -> Steps:
        yield
        return make(len(labels), seed).fit(features, labels)

    return steps


_FITS: dict[str, Callable[[Any, Labels, int], Steps]] = {
    "mlp": _fit_mlp,
    "linear_svm": _at_once(lambda rows, seed: LinearSVC(C=0.1, dual=False, random_state=seed)),
    "logistic_regression": _at_once(lambda rows, seed: LogisticRegression(max_iter=500)),
    "decision_tree": _at_once(
        lambda rows, seed: DecisionTreeClassifier(
            max_depth=6, min_samples_leaf=max(1, min(20, rows // 100)), random_state=seed
        )
    ),
    "random_forest": _fit_forest,
    "knn": _at_once(lambda rows, seed: KNeighborsClassifier(min(25, rows))),
}


@dataclass
class IdOnlyVote:
    """The published variant: words of the transaction id, counted, and the members' hard vote on them."""

    words: CountVectorizer = field(
        default_factory=lambda: CountVectorizer(max_features=2000, token_pattern=r"\w+", dtype=np.float32)  # noqa: S106
    )
    members_: tuple[Any, ...] = ()

    def grow(self, ids: list[str], labels: Labels, *, seed: int) -> Steps:
        """Steps whose result is this learner, fitted anew."""
        counts = self.words.fit_transform([tid or "none" for tid in ids])
        grown = []
        for name in MEMBERS:
            grown.append((yield from fit(name, counts, labels, seed=seed)))
        self.members_ = tuple(grown)
        return self

    def votes(self, ids: list[str]) -> Labels:
        """What each member says (members x n)."""
        counts = self.words.transform(ids)
        return np.array([model.predict(counts) for model in self.members_])
