"""A score cut into levels: exact k-means in one dimension, and how many levels there are."""

from dataclasses import dataclass

import numpy as np

from engine.segments.agreement import rand_index, silhouette
from engine.segments.columns import Floats, Ints

MOST_LEVELS = 4
SAMPLES = 20
STABLE = 0.8
GRAIN = 100  # scores are rounded to a hundredth while centres are sought


@dataclass(frozen=True, slots=True)
class Levels:
    """The centres of an axis, rising, and what else was tried: (k, silhouette, bootstrap ARI)."""

    centres: tuple[float, ...]
    tried: tuple[tuple[int, float, float], ...]
    is_stable: bool


def centres(scores: Floats, k: int) -> tuple[float, ...]:
    """The centres of k groups of (n,) scores with the least sum of squares, rising; fewer where there are fewer
    different scores. Source: Wang and Song 2011, dynamic programming over the sorted values."""
    grains, place = np.unique(np.rint(scores * GRAIN), return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    total = np.bincount(place, weights=scores)
    k = min(k, len(grains))
    value = total / weight
    w, s, q = (np.concatenate([[0.0], np.cumsum(part)]) for part in (weight, total, weight * value**2))
    count = w[None, 1:] - w[:-1, None]
    away = np.triu(np.ones((len(grains), len(grains)), dtype=np.bool_))
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = (q[None, 1:] - q[:-1, None]) - (s[None, 1:] - s[:-1, None]) ** 2 / count
    cost = np.where(away, np.maximum(cost, 0.0), np.inf)  # cost[i, j]: grains i to j in one group
    best, starts = cost[0], []
    for _ in range(k - 1):
        before = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        starts.append(before.argmin(axis=0))
        best = before.min(axis=0)
    end, found = len(grains), []
    for start in [*reversed(starts), np.zeros(len(grains), dtype=np.int64)]:
        begin = int(start[end - 1])
        found.append(float((s[end] - s[begin]) / (w[end] - w[begin])))
        end = begin
    return tuple(reversed(found))


def nearest(scores: Floats, found: tuple[float, ...]) -> Ints:
    """(n,) which of the rising centres is nearest."""
    middles = (np.array(found[1:]) + np.array(found[:-1])) / 2
    return np.searchsorted(middles, scores, side="right").astype(np.int64)


def choose(scores: Floats, *, rng: np.random.Generator) -> Levels:
    """How many levels the scores (n,) have, 1 to 4: the largest silhouette among the stable ones."""
    most = min(MOST_LEVELS, len(np.unique(np.rint(scores * GRAIN))))
    if most < 2:
        return Levels(centres(scores, 1), (), is_stable=True)
    samples = [scores[rng.integers(0, len(scores), len(scores))] for _ in range(SAMPLES)]
    tried, options = [], {}
    for k in range(2, most + 1):
        options[k] = centres(scores, k)
        labels = nearest(scores, options[k])
        again = [rand_index(labels, nearest(scores, centres(sample, k))) for sample in samples]
        tried.append((k, silhouette(scores[:, None], labels, rng=rng), float(np.mean(again))))
    stable = [row for row in tried if row[2] >= STABLE]
    chosen = max(stable, key=lambda row: row[1]) if stable else max(tried, key=lambda row: row[2])
    return Levels(options[chosen[0]], tuple(tried), is_stable=bool(stable))
