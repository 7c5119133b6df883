"""How far work has come, and figures with their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come. `state` is a checkpoint from which the work can go on, or None."""

    stage: str
    done: int
    total: int
    state: bytes | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % interval (`low`, `high` are None where none can be given)."""

    value: float
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "ci": None if self.low is None else [self.low, self.high]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        low, high = data["ci"] or (None, None)
        return cls(data["value"], low, high)
