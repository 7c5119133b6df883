"""Phase 2: how likely a visit ends without a purchase, and how good that is known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from engine.contracts.evaluations import Evaluation
from engine.contracts.figures import Measure

RUNGS = ("b0", "b1", "b2", "b2s", "b3", "b4", "b4_segments", "b5", "b6", "b7")
"""The ladder, from the plain rate to the stack; docs/algorithms/churn.md."""

RUNG_NAMES: Mapping[str, str] = {
    "b0": "rate by segment and step",
    "b1": "Markov chain of five actions",
    "b2": "logistic regression",
    "b2s": "linear SVM",
    "b3": "gradient boosting",
    "b4": "CNN-BiLSTM-attention, one for all",
    "b4_segments": "CNN-BiLSTM-attention, one a segment",
    "b5": "GRU with carried state",
    "b6": "random forest on embedding and aggregates",
    "b7": "stack of boosting and the best net",
}

MOMENTS = ("3", "5", "10", "add")
"""Where a visit is scored: after so many events, and at the first add to cart."""


@dataclass(frozen=True, slots=True)
class ShopperStanding:
    """What is known of a shopper before her visit; all of it may be unknown."""

    segment: str = ""  # empty: unknown, which is taken for a newcomer
    spending: float = 0.0  # -3 to 3, 0 where it is unknown
    behaviour: float = 0.0
    tenure_days: int = 0


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Visits with scores near each other: what was said and what came true."""

    said: float
    happened: float
    count: int


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """How the chosen rung does in one segment."""

    segment: str
    rows: int
    buyers: int
    calibration_error: Measure | None  # None: not enough data to say
    calibrated_by: str  # "isotonic", "platt" or "all together"
    own_net_gain: Measure | None  # log-loss of the pooled net less that of the segment's own
    keeps_own_net: bool


@dataclass(frozen=True, slots=True)
class ChurnReport:
    """What a training of the ladder found. Metrics of each table: log_loss, brier, roc_auc, pr_auc (of a
    purchase), ece, early_warning_s, and bayes_share where the truth is known."""

    target: str  # "purchase" or "exit"
    pooled: Evaluation  # over all moments
    moments: Mapping[str, Evaluation]
    majority_rate: float
    chosen: str  # one of RUNGS
    why: str
    threshold: float  # a risk above it is treated by the published rule: the top tenth on validation
    confusion: tuple[tuple[int, int], tuple[int, int]]  # ((stays said stays, stays said ends), (ends ...))
    calibration: tuple[CalibrationBin, ...]
    segments: tuple[SegmentRow, ...]
    has_signal: bool
    calibration_slope: Measure | None = None
    never_seen: Evaluation | None = None  # the same rungs on shoppers nothing was learnt from
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As `evaluate churn --json`: the pooled table at the top, the moments below it."""
        return self.pooled.to_json() | {
            "target": self.target,
            "moments": {name: table.to_json() for name, table in self.moments.items()},
            "majority_rate": self.majority_rate,
            "chosen": self.chosen,
            "why": self.why,
            "threshold": self.threshold,
            "confusion": self.confusion,
            "calibration": [asdict(one) for one in self.calibration],
            "segments": [_segment_json(row) for row in self.segments],
            "has_signal": self.has_signal,
            "calibration_slope": self.calibration_slope and self.calibration_slope.to_json(),
            "never_seen": self.never_seen and self.never_seen.to_json(),
            "churn_notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        (a, b), (c, d) = data["confusion"]
        slope, never = data["calibration_slope"], data["never_seen"]
        return cls(
            target=data["target"],
            pooled=Evaluation.from_json(data),
            moments={name: Evaluation.from_json(table) for name, table in data["moments"].items()},
            majority_rate=data["majority_rate"],
            chosen=data["chosen"],
            why=data["why"],
            threshold=data["threshold"],
            confusion=((a, b), (c, d)),
            calibration=tuple(CalibrationBin(**one) for one in data["calibration"]),
            segments=tuple(_segment_from_json(row) for row in data["segments"]),
            has_signal=data["has_signal"],
            calibration_slope=slope and Measure.from_json(slope),
            never_seen=never and Evaluation.from_json(never),
            notes=tuple(data["churn_notes"]),
        )


_MEASURES = ("calibration_error", "own_net_gain")


def _segment_json(row: SegmentRow) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(row).items() if key not in _MEASURES}
    measures = {key: getattr(row, key) and getattr(row, key).to_json() for key in _MEASURES}
    return plain | measures


def _segment_from_json(data: Mapping[str, Any]) -> SegmentRow:
    measures = {key: data[key] and Measure.from_json(data[key]) for key in _MEASURES}
    plain: dict[str, Any] = {key: value for key, value in data.items() if key not in _MEASURES}
    return SegmentRow(**plain | measures)
