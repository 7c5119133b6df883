"""How well groups hold together, and how far two groupings agree."""

import numpy as np
from sklearn.metrics import adjusted_rand_score, silhouette_score

from engine.segments.columns import Floats, Ints

MOST_ASKED = 2_000  # rows; every row is compared with every other


def silhouette(points: Floats, labels: Ints, *, rng: np.random.Generator) -> float:
    """Mean silhouette (Rousseeuw 1987) of points (n, d), -1 to 1, of at most 2,000 of them; 0 for one group."""
    if len(points) > MOST_ASKED:
        rows = rng.choice(len(points), MOST_ASKED, replace=False)
        points, labels = points[rows], labels[rows]
    groups = len(np.unique(labels))
    if groups < 2 or groups >= len(labels):
        return 0.0
    return float(silhouette_score(points, labels))


def rand_index(one: Ints, other: Ints) -> float:
    """Adjusted Rand index of two groupings of the same rows: 1 the same, 0 as by chance."""
    return float(adjusted_rand_score(one, other))
