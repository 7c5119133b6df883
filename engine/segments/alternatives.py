"""Other ways to make segments of the same shoppers: what the grid is held against."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from engine.segments.agreement import rand_index, silhouette
from engine.segments.columns import Floats, Ints, ShopperColumns
from engine.segments.levels import STABLE, centres, nearest
from engine.segments.scores import AxisScore, fit_axis

LEAST_CLUSTER = 0.05
KS = range(3, 9)
SAMPLES = 10
NET, EPOCHS, MOST_FITTED = (6, 2, 6), 40, 5_000

Labeller = Callable[[ShopperColumns], Ints]
"""Shoppers who are no newcomers -> the number of each one's group."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Both scores as fitted on some shoppers."""

    spending: AxisScore
    behaviour: AxisScore

    def points(self, columns: ShopperColumns) -> Floats:
        """(n, 2)"""
        return np.column_stack(
            [self.spending.score(columns.axis("spending")), self.behaviour.score(columns.axis("behaviour"))]
        )

    def ranks(self, columns: ShopperColumns) -> Floats:
        """(n, 8) the rank-normal scores of all columns."""
        return np.column_stack(
            [self.spending.ranks(columns.axis("spending")), self.behaviour.ranks(columns.axis("behaviour"))]
        )


def plane(columns: ShopperColumns) -> Plane:
    return Plane(fit_axis(columns.axis("spending")), fit_axis(columns.axis("behaviour")))


@dataclass(frozen=True, slots=True)
class Shape:
    """How many groups a method makes: of spending and behaviour (grid), or in all."""

    spending: int = 3
    behaviour: int = 3
    groups: int = 3
    is_fit: bool = True  # k met its conditions
    stability: float | None = None  # bootstrap ARI, where choosing k has measured it


def fit_grid(columns: ShopperColumns, shape: Shape, seed: int) -> Labeller:
    """The grid before cells are merged."""
    fitted = plane(columns)
    points = fitted.points(columns)
    first, second = centres(points[:, 0], shape.spending), centres(points[:, 1], shape.behaviour)

    def label(asked: ShopperColumns) -> Ints:
        found = fitted.points(asked)
        return nearest(found[:, 0], first) * len(second) + nearest(found[:, 1], second)

    return label


def fit_terciles(columns: ShopperColumns, shape: Shape, seed: int) -> Labeller:
    """Three by three; fewer where a third of all share one score."""
    fitted = plane(columns)
    cuts = np.quantile(fitted.points(columns), (1 / 3, 2 / 3), axis=0)

    def label(asked: ShopperColumns) -> Ints:
        found = fitted.points(asked)
        first, second = (np.searchsorted(cuts[:, axis], found[:, axis], side="left") for axis in (0, 1))
        return (first * 3 + second).astype(np.int64)

    return label


def fit_joint(columns: ShopperColumns, shape: Shape, seed: int) -> Labeller:
    """k-means on both scores at once."""
    return _clustered("joint", columns, shape, seed)


def fit_autoencoder(columns: ShopperColumns, shape: Shape, seed: int) -> Labeller:
    """A net squeezes the eight columns through two numbers (Hinton and Salakhutdinov 2006); k-means on those."""
    return _clustered("autoencoder", columns, shape, seed)


def _clustered(name: str, columns: ShopperColumns, shape: Shape, seed: int) -> Labeller:
    space = _space(name, columns, seed)
    means = _k_means(space(columns), shape.groups, seed)

    def label(asked: ShopperColumns) -> Ints:
        return means.predict(space(asked)).astype(np.int64)

    return label


METHODS: dict[str, Callable[[ShopperColumns, Shape, int], Labeller]] = {
    "grid": fit_grid,
    "joint": fit_joint,
    "autoencoder": fit_autoencoder,
    "terciles": fit_terciles,
}


def choose_groups(name: str, columns: ShopperColumns, *, seed: int) -> Shape:
    """k of `joint` or `autoencoder`: the largest silhouette among those that are stable and have no small cluster."""
    rng = np.random.default_rng(seed)
    points, space = plane(columns).points(columns), _space(name, columns, seed)(columns)
    # Neither the plane nor the net knows k: each sample is fitted once for all of them.
    samples = []
    for _ in range(SAMPLES):
        sample = columns.take(rng.integers(0, len(columns), len(columns)))
        fitted = _space(name, sample, seed)
        samples.append((fitted(sample), fitted(columns)))
    tried = []
    for k in range(KS[0], min(KS[-1], len(np.unique(space, axis=0)) - 1) + 1):
        labels = _k_means(space, k, seed).labels_
        again = [rand_index(labels, _k_means(own, k, seed).predict(all_)) for own, all_ in samples]
        least = float(np.bincount(labels).min() / len(labels))
        fits = least >= LEAST_CLUSTER and float(np.mean(again)) >= STABLE
        tried.append((fits, silhouette(points, labels, rng=rng), k, float(np.mean(again))))
    if not tried:
        return Shape(groups=1, is_fit=False, stability=1.0)
    fits, _, k, again_mean = max(tried)
    return Shape(groups=k, is_fit=fits, stability=again_mean)


def _space(name: str, columns: ShopperColumns, seed: int) -> Callable[[ShopperColumns], Floats]:
    """Shoppers -> the points that k-means sees."""
    if name == "joint":
        return plane(columns).points
    fitted, net = _squeezed(columns, seed)
    return lambda asked: _bottleneck(net, fitted.ranks(asked))


def stability(
    fit: Callable[[ShopperColumns, Shape, int], Labeller], columns: ShopperColumns, shape: Shape, *, seed: int
) -> float:
    """Mean adjusted Rand index between a method's groups and those of 10 bootstrap samples."""
    rng = np.random.default_rng(seed)
    labels = fit(columns, shape, seed)(columns)
    again = []
    for _ in range(SAMPLES):
        sample = columns.take(rng.integers(0, len(columns), len(columns)))
        again.append(rand_index(labels, fit(sample, shape, seed)(columns)))
    return float(np.mean(again))


def _k_means(points: Floats, k: int, seed: int) -> KMeans:
    k = min(k, len(np.unique(points, axis=0)))
    return KMeans(k, n_init=4, random_state=seed).fit(points)


def _squeezed(columns: ShopperColumns, seed: int) -> tuple[Plane, MLPRegressor]:
    fitted = plane(columns)
    ranks = fitted.ranks(columns)[:MOST_FITTED]
    net = MLPRegressor(
        hidden_layer_sizes=NET,
        activation="tanh",
        max_iter=EPOCHS,
        learning_rate_init=0.01,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is given a number of epochs, not a goal
        net.fit(ranks, ranks)
    return fitted, net


def _bottleneck(net: MLPRegressor, ranks: Floats) -> Floats:
    """(n, 8) -> (n, 2)"""
    found = ranks
    for weights, bias in list(zip(net.coefs_, net.intercepts_, strict=True))[:2]:
        found = np.tanh(found @ weights + bias)
    return np.asarray(found, dtype=np.float64)
