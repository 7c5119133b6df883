"""Values of phase 0: transactions, the report of a training, the answer to a question."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from engine.contracts.figures import Measure

LOW, HIGH = 0, 1
LABEL_NAMES = ("Low", "High")

MEMBERS = ("mlp", "linear_svm", "logistic_regression", "decision_tree")
"""The published ensemble; its hard vote is `vote`, a tie is Low as in scikit-learn's VotingClassifier."""

MODEL_NAMES = (*MEMBERS, "vote", "random_forest", "knn", "majority", "published_id_only")
"""Every row of the phase 0 table, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One mall transaction. `price_minor` is the line's total; `label` 0 Low, 1 High, None unknown."""

    tid: str
    coupon_no: str
    customer_id: str
    gender: str
    age: int
    category: str
    quantity: int
    price_minor: int
    payment_method: str
    invoice_date: date
    shopping_mall: str
    label: int | None = None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One row of the table. Metrics: accuracy, balanced_accuracy, roc_auc, precision, recall, f1 (80/20
    test), train_accuracy, and the same with the prefix cv_ (5-fold, every row predicted once).
    `confusion` is ((true Low said Low, true Low said High), (true High said Low, true High said High))."""

    name: str
    metrics: Mapping[str, Measure]
    confusion: tuple[tuple[int, int], tuple[int, int]]
    cv_confusion: tuple[tuple[int, int], tuple[int, int]]
    fit_seconds: float
    rows_fitted: int
    better_than_majority: bool
    p_value: (
        float | None
    )  # one-sided exact sign test against the majority class on the 5-fold predictions, uncorrected


@dataclass(frozen=True, slots=True)
class Leak:
    """Columns that alone determine another one: "label", "revenue" (the price) or "category"."""

    columns: tuple[str, ...]
    determines: str
    share: float  # of rows whose target is fixed by the columns
    note: str


@dataclass(frozen=True, slots=True)
class RevenueReport:
    """What a run of phase 0 found."""

    split: str
    seeds: tuple[int, ...]
    rows: int
    rows_given: int
    label_rule: str | None
    majority_rate: float
    models: tuple[ModelReport, ...]
    paired_gain: Mapping[str, Mapping[str, Measure]]  # model -> metric -> gain over the majority, same rows
    better_than_majority: bool  # of the vote
    verdict: str
    leaks: tuple[Leak, ...]
    notes: tuple[str, ...] = ()
    best_reachable_accuracy: float | None = None  # known only for data the project made itself

    def model(self, name: str) -> ModelReport:
        """The row called `name`. KeyError where there is none."""
        for row in self.models:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """The object of `evaluate revenue --json` (docs: doors), from which `from_json` makes it again."""
        majority = self.model("majority")
        return {
            "protocol": {
                "split": self.split,
                "seeds": list(self.seeds),
                "rows": self.rows,
                "rows_given": self.rows_given,
                "label_rule": self.label_rule,
            },
            "majority_rate": self.majority_rate,
            "baseline": {"name": "majority"} | {k: m.to_json() for k, m in majority.metrics.items()},
            "models": {row.name: _model_json(row) for row in self.models},
            "paired_gain": {
                name: {"against": "majority"} | {k: m.to_json() for k, m in gains.items()}
                for name, gains in self.paired_gain.items()
            },
            "better_than_majority": self.better_than_majority,
            "verdict": self.verdict,
            "leaks": [asdict(leak) | {"columns": list(leak.columns)} for leak in self.leaks],
            "notes": list(self.notes),
            "best_reachable_accuracy": self.best_reachable_accuracy,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        protocol = data["protocol"]
        return cls(
            split=protocol["split"],
            seeds=tuple(protocol["seeds"]),
            rows=protocol["rows"],
            rows_given=protocol["rows_given"],
            label_rule=protocol["label_rule"],
            majority_rate=data["majority_rate"],
            models=tuple(_model_from_json(name, row) for name, row in data["models"].items()),
            paired_gain={
                name: {k: Measure.from_json(m) for k, m in gains.items() if k != "against"}
                for name, gains in data["paired_gain"].items()
            },
            better_than_majority=data["better_than_majority"],
            verdict=data["verdict"],
            leaks=tuple(Leak(**leak | {"columns": tuple(leak["columns"])}) for leak in data["leaks"]),
            notes=tuple(data["notes"]),
            best_reachable_accuracy=data["best_reachable_accuracy"],
        )


_PLAIN = ("confusion", "cv_confusion", "fit_seconds", "rows_fitted", "better_than_majority", "p_value")


def _model_json(row: ModelReport) -> dict[str, Any]:
    return {k: m.to_json() for k, m in row.metrics.items()} | {k: getattr(row, k) for k in _PLAIN}


def _model_from_json(name: str, data: Mapping[str, Any]) -> ModelReport:
    return ModelReport(
        name=name,
        metrics={k: Measure.from_json(m) for k, m in data.items() if k not in _PLAIN},
        confusion=_matrix(data["confusion"]),
        cv_confusion=_matrix(data["cv_confusion"]),
        **{k: data[k] for k in _PLAIN[2:]},
    )


def _matrix(rows: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    (a, b), (c, d) = rows
    return ((a, b), (c, d))


@dataclass(frozen=True, slots=True)
class ColumnCard:
    """What a form needs to know of the columns a model was trained on."""

    # Of gender, category, payment_method and shopping_mall.
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # age, quantity, price_minor


@dataclass(frozen=True, slots=True)
class RevenueAnswer:
    """High (1) or Low (0), and what each member of `MEMBERS` said."""

    result: int
    votes: Mapping[str, int]
