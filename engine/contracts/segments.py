"""Phase 1: who the shoppers are, and how well that is known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from engine.contracts.evaluations import Evaluation, Gain
from engine.contracts.figures import Measure

NEWCOMERS = "newcomers"
"""The code of the segment by rule: at most one order and fewer than three visits."""

SEGMENTATIONS: Mapping[str, str] = {
    "grid": "spending by behaviour",
    "joint": "joint k-means",
    "autoencoder": "autoencoder, then k-means",
    "terciles": "grid of terciles",
    "one_rate": "one rate for all",
    "scores": "both scores, no segments",
    "scores_and_grid": "both scores and segments",
}

Quartiles = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class AxisReport:
    """How one of the two scores was made and cut."""

    name: str  # "spending" or "behaviour"
    weights: Mapping[str, float]  # by column, of its rank-normal score
    explained: float  # share of the columns' variance
    levels: tuple[float, ...]  # centres, rising
    tried: tuple[tuple[int, float, float], ...]  # k, silhouette, bootstrap ARI
    is_stable: bool


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """One segment at the moment of its report. Quartiles are None where there is nobody."""

    code: str
    name: str
    cells: tuple[tuple[int, int], ...]  # (level of spending, level of behaviour); none: newcomers
    shoppers: int
    share: float
    spending: float  # mean scores; 0 for newcomers
    behaviour: float
    spend_minor: Measure  # of a shopper in 180 days
    bought: Measure  # shoppers with an order in the last 30 days
    churn: Measure | None  # visits of 60 days that ended without a purchase; None: no visit
    visits: int  # of those 60 days
    recency_days: Quartiles | None  # since the last order, of those who ever bought
    frequency: Quartiles | None  # orders of 180 days
    monetary_minor: Quartiles | None  # spend of 180 days
    is_kept: bool = False  # had this code before


@dataclass(frozen=True, slots=True)
class SegmentsReport:
    """What a fit of segments found."""

    as_of_ms: int
    rows: int  # shoppers, newcomers among them
    newcomers: int
    axes: tuple[AxisReport, ...]
    segments: tuple[SegmentFigures, ...]
    methods: Evaluation
    gates: Mapping[
        str, Gain
    ]  # "grid" and "scores_and_grid" against "scores"; empty where it could not be told
    verdict: str
    moved_share: float | None = None  # of shoppers who had a segment before
    moved_by_refit: float | None = None  # of all, because the model is another one and not they
    notes: tuple[str, ...] = ()

    def segment(self, code: str) -> SegmentFigures:
        """The segment with this code. KeyError where there is none."""
        for one in self.segments:
            if one.code == code:
                return one
        raise KeyError(code)

    def to_json(self) -> dict[str, Any]:
        """The methods' table at the top, as `evaluate ... --json` has it, and the segments below."""
        return self.methods.to_json() | {
            "as_of_ms": self.as_of_ms,
            "shoppers": self.rows,
            "newcomers": self.newcomers,
            "axes": [asdict(axis) for axis in self.axes],
            "segments": [_segment_json(one) for one in self.segments],
            "gates": {name: gain.to_json() for name, gain in self.gates.items()},
            "verdict": self.verdict,
            "moved_share": self.moved_share,
            "moved_by_refit": self.moved_by_refit,
            "segment_notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            as_of_ms=data["as_of_ms"],
            rows=data["shoppers"],
            newcomers=data["newcomers"],
            axes=tuple(_axis(axis) for axis in data["axes"]),
            segments=tuple(_segment(one) for one in data["segments"]),
            methods=Evaluation.from_json(data),
            gates={name: Gain.from_json(gain) for name, gain in data["gates"].items()},
            verdict=data["verdict"],
            moved_share=data["moved_share"],
            moved_by_refit=data["moved_by_refit"],
            notes=tuple(data["segment_notes"]),
        )


_MEASURES = ("spend_minor", "bought", "churn")
_QUARTILES = ("recency_days", "frequency", "monetary_minor")


def _axis(data: Mapping[str, Any]) -> AxisReport:
    tried = tuple((int(k), silhouette, ari) for k, silhouette, ari in data["tried"])
    return AxisReport(**{**data, "levels": tuple(data["levels"]), "tried": tried})


def _segment_json(row: SegmentFigures) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(row).items() if key not in _MEASURES}
    return plain | {key: getattr(row, key) and getattr(row, key).to_json() for key in _MEASURES}


def _segment(data: Mapping[str, Any]) -> SegmentFigures:
    measures = {key: data[key] and Measure.from_json(data[key]) for key in _MEASURES}
    quartiles = {key: data[key] and tuple(data[key]) for key in _QUARTILES}
    cells = {"cells": tuple((int(a), int(b)) for a, b in data["cells"])}
    plain: dict[str, Any] = {key: value for key, value in data.items() if key not in _MEASURES}
    return SegmentFigures(**plain | measures | quartiles | cells)
