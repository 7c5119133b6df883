"""A rehearsal: policies compared in the simulated mall before a coin is spent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from engine.contracts.figures import Measure

POLICIES = (
    "none", "random", "treat_all", "published_rule", "propensity_first", "uplift_rank", "observable",
    "observable_second", "latent", "clairvoyant",
)  # fmt: skip
"""Every row of the table: no coupon, five baselines, and the yardsticks from the fair one to the bound."""

SHOPPER_TYPES = ("sure_thing", "persuadable", "lost_cause", "negative_responder")


@dataclass(frozen=True, slots=True)
class RehearsalSettings:
    """What is rehearsed. The seeds used are first_seed, first_seed + 1, ... (`seeds` of them)."""

    seeds: int = 20
    shoppers: int = 2_000
    days: int = 30
    first_seed: int = 1
    depth: float = 0.10  # of the fixed baselines' coupon, one of contracts.DEPTHS
    budget_rate: float = 0.4  # of what treat_all would spend without a limit, 0 to 1
    margin_scale: float = 1.0  # multiplies every category's margin
    policies: tuple[str, ...] = POLICIES
    training_points: int = 200_000  # decision points on which the yardsticks are trained


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy over all seeds; money in the smallest unit, per seed. Intervals are over seeds (95 %)."""

    name: str
    value: Measure  # contribution after coupon cost per shopper
    gain: Measure  # value less that of none, paired seed by seed
    oracle_share: Measure | None  # gain over the gain of the observable yardstick; None where that is no gain
    spend: Measure  # coupon cost
    coupons: Measure  # issued
    redemptions: Measure
    conversion: Measure  # of visits
    by_type: Mapping[str, float]  # share of the coupons that went to each of SHOPPER_TYPES
    spend_path: tuple[float, ...]  # mean spend up to the end of each day

    def to_json(self) -> dict[str, Any]:
        """`value`, `value_ci` and so on; a share that cannot be given is None."""
        flat: dict[str, Any] = {"name": self.name}
        for name in _MEASURES:
            measure: Measure | None = getattr(self, name)
            plain = measure.to_json() if measure else {"value": None, "ci": None}
            flat[name], flat[f"{name}_ci"] = plain["value"], plain["ci"]
        return flat | {"by_type": dict(self.by_type), "spend_path": list(self.spend_path)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        measures = {
            name: None
            if data[name] is None
            else Measure.from_json({"value": data[name], "ci": data[f"{name}_ci"]})
            for name in _MEASURES
        }
        return cls(
            name=data["name"],
            by_type=dict(data["by_type"]),
            spend_path=tuple(data["spend_path"]),
            **measures,  # type: ignore[arg-type]
        )


_MEASURES = ("value", "gain", "oracle_share", "spend", "coupons", "redemptions", "conversion")


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """One point of value against budget."""

    policy: str
    budget_rate: float  # of what treat_all would spend without a limit
    gain: Measure  # per shopper, paired against none
    spend: float


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What a rehearsal found."""

    settings: RehearsalSettings
    budget_minor: float  # mean over the seeds
    rows: tuple[PolicyRow, ...]
    curve: tuple[BudgetPoint, ...]
    paired: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)  # better -> worse -> difference
    notes: tuple[str, ...] = ()

    def row(self, name: str) -> PolicyRow:
        """The row called `name`. KeyError where it was not rehearsed."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """The object of `rehearse --json`, from which `from_json` makes the report again."""
        return {
            "protocol": asdict(self.settings) | {"policies": list(self.settings.policies)},
            "budget_minor": self.budget_minor,
            "policies": {row.name: row.to_json() for row in self.rows},
            "paired": {
                better: {worse: m.to_json() for worse, m in against.items()}
                for better, against in self.paired.items()
            },
            "curve": [asdict(point) | {"gain": point.gain.to_json()} for point in self.curve],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        protocol = data["protocol"]
        return cls(
            settings=RehearsalSettings(**protocol | {"policies": tuple(protocol["policies"])}),
            budget_minor=data["budget_minor"],
            rows=tuple(PolicyRow.from_json(row) for row in data["policies"].values()),
            paired={
                better: {worse: Measure.from_json(m) for worse, m in against.items()}
                for better, against in data["paired"].items()
            },
            curve=tuple(BudgetPoint(**p | {"gain": Measure.from_json(p["gain"])}) for p in data["curve"]),
            notes=tuple(data["notes"]),
        )
