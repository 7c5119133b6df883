"""A table of models measured on the same rows: what `evaluate` prints and a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from engine.contracts.figures import Measure


@dataclass(frozen=True, slots=True)
class Scored:
    """One model of a table. What its metrics are named says the page of the evaluation; all have intervals
    where one can be given."""

    name: str
    metrics: Mapping[str, Measure]
    fit_seconds: float = 0.0
    score_micros: float | None = None  # of one row, the median; None where it was not measured
    note: str = ""  # why a model is not there, or what it was given

    def to_json(self) -> dict[str, Any]:
        measures = {name: measure.to_json() for name, measure in self.metrics.items()}
        plain = {"fit_seconds": self.fit_seconds, "score_micros": self.score_micros, "note": self.note}
        return measures | plain

    @classmethod
    def from_json(cls, name: str, data: Mapping[str, Any]) -> Self:
        plain = ("fit_seconds", "score_micros", "note")
        metrics = {key: Measure.from_json(value) for key, value in data.items() if key not in plain}
        return cls(name, metrics, **{key: data[key] for key in plain})


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much a model is better than another on the same rows; above 0 is better, whatever the metric."""

    against: str
    metrics: Mapping[str, Measure]

    def to_json(self) -> dict[str, Any]:
        return {"against": self.against} | {name: value.to_json() for name, value in self.metrics.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        metrics = {name: Measure.from_json(value) for name, value in data.items() if name != "against"}
        return cls(data["against"], metrics)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Models on the same rows, the plain baseline among them, and what follows from it in words."""

    split: str
    seeds: tuple[int, ...]
    rows: int
    baseline: str  # the name of one of the models
    models: tuple[Scored, ...]
    paired_gain: Mapping[str, Gain]  # by model
    verdict: str
    notes: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)  # what else says how it was measured

    def model(self, name: str) -> Scored:
        """The model called `name`. KeyError where there is none."""
        for row in self.models:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """The object of `evaluate --json` (docs: doors), from which `from_json` makes it again."""
        plain = {"split": self.split, "seeds": list(self.seeds), "rows": self.rows, "label_rule": None}
        measures = {key: value.to_json() for key, value in self.model(self.baseline).metrics.items()}
        return {
            "protocol": plain | dict(self.protocol),
            "baseline": {"name": self.baseline} | measures,
            "models": {row.name: row.to_json() for row in self.models},
            "paired_gain": {name: gain.to_json() for name, gain in self.paired_gain.items()},
            "verdict": self.verdict,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        protocol = data["protocol"]
        rest = {key: value for key, value in protocol.items() if key not in _OWN}
        return cls(
            split=protocol["split"],
            seeds=tuple(protocol["seeds"]),
            rows=protocol["rows"],
            baseline=data["baseline"]["name"],
            models=tuple(Scored.from_json(name, row) for name, row in data["models"].items()),
            paired_gain={name: Gain.from_json(gain) for name, gain in data["paired_gain"].items()},
            verdict=data["verdict"],
            notes=tuple(data["notes"]),
            protocol=rest,
        )


_OWN = ("split", "seeds", "rows", "label_rule")
