"""The two scores of a shopper: rank-normal columns and their first principal component. numpy only."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Self

import numpy as np

from engine.segments.columns import Floats

MOST_KNOTS = 201
LIMIT = 3.0
_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class RankTable:
    """Value -> normal quantile of its mid-rank in the training window; straight lines between the knots."""

    knots: tuple[float, ...]  # rising
    scores: tuple[float, ...]

    def score(self, values: Floats) -> Floats:
        """(n,) -> (n,); beyond the ends it stays at the end."""
        return np.asarray(np.interp(values, self.knots, self.scores), dtype=np.float64)


def rank_table(values: Floats) -> RankTable:
    """The table of a column (n,), n >= 1, all of it finite."""
    different, counts = np.unique(values, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / len(values)
    if len(different) > MOST_KNOTS:
        wanted = np.linspace(ranks[0], ranks[-1], MOST_KNOTS)
        kept = np.unique(np.append(np.searchsorted(ranks, wanted)[:-1], len(different) - 1))
        different, ranks = different[kept], ranks[kept]
    normal = NormalDist()
    return RankTable(tuple(map(float, different)), tuple(normal.inv_cdf(float(rank)) for rank in ranks))


@dataclass(frozen=True, slots=True)
class AxisScore:
    """A score from m columns: the weighted sum of their rank-normal scores, less `offset`, within ±3."""

    tables: tuple[RankTable, ...]
    weights: tuple[float, ...]  # 0 for a column in which all were equal
    offset: float
    explained: float  # share of the variance of the columns that are not flat; 0 where all are

    def ranks(self, columns: Floats) -> Floats:
        """(n, m) rank-normal scores."""
        return np.column_stack([table.score(columns[:, place]) for place, table in enumerate(self.tables)])

    def score(self, columns: Floats) -> Floats:
        """(n, m) -> (n,) from -3 to 3. Each row by itself, so that company does not change a digit."""
        total = np.full(len(columns), -self.offset)
        for place, (table, weight) in enumerate(zip(self.tables, self.weights, strict=True)):
            total += weight * table.score(columns[:, place])
        return np.clip(total, -LIMIT, LIMIT)

    def to_json(self) -> dict[str, Any]:
        tables = [{"knots": table.knots, "scores": table.scores} for table in self.tables]
        return {
            "tables": tables,
            "weights": self.weights,
            "offset": self.offset,
            "explained": self.explained,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        tables = tuple(RankTable(tuple(one["knots"]), tuple(one["scores"])) for one in data["tables"])
        return cls(tables, tuple(data["weights"]), data["offset"], data["explained"])


def fit_axis(columns: Floats) -> AxisScore:
    """The score of the columns (n, m), n >= 1: rises with the first column that is not flat."""
    tables = tuple(rank_table(columns[:, place]) for place in range(columns.shape[1]))
    ranks = np.column_stack([table.score(columns[:, place]) for place, table in enumerate(tables)])
    spread = ranks.std(axis=0)
    alive = np.flatnonzero(spread > _FLAT)
    weights = np.zeros(columns.shape[1])
    if not alive.size:
        return AxisScore(tables, tuple(weights.tolist()), 0.0, 0.0)
    plain = (ranks[:, alive] - ranks[:, alive].mean(axis=0)) / spread[alive]
    values, vectors = np.linalg.eigh(plain.T @ plain / len(plain))
    first = vectors[:, -1]
    towards = first[0] if abs(first[0]) > _FLAT else first.sum()
    first = first * (1.0 if towards >= 0 else -1.0) / np.sqrt(values[-1])
    weights[alive] = first / spread[alive]
    offset = float(ranks.mean(axis=0) @ weights)
    return AxisScore(tables, tuple(weights.tolist()), offset, float(values[-1] / len(alive)))
