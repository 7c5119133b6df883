"""How much of the ladder is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.contracts import MOMENTS, RUNGS

QUICK = ("b0", "b1", "b2", "b2s", "b3")
"""Rungs that need no PyTorch and little time."""
TIME = "time"


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """`rungs` of RUNGS (b0 and b3 are always run: everything is compared with them), `epochs` of a net at most,
    `seeds` of the chosen rung and of the published net, `bags` boosters in b3, `extra` drawn windows a visit.
    `shipped`: artefacts of rungs that learnt elsewhere; they are measured in place of being trained."""

    rungs: tuple[str, ...] = RUNGS
    epochs: int = 8
    seeds: int = 1
    bags: int = 4
    extra: int = 3
    at: tuple[str, ...] = MOMENTS
    target: str = "purchase"
    split: str = TIME  # or "grouped:5"
    shipped: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = {*self.rungs, *self.shipped, "b0", "b3"}
        unknown = [name for name in (*self.rungs, *self.shipped) if name not in RUNGS]
        if unknown:
            raise ValueError(f"There is no rung {', '.join(unknown)}; there are {', '.join(RUNGS)}.")
        if self.target not in ("purchase", "exit"):
            raise ValueError(f"Targets are purchase and exit, not {self.target}.")
        if self.split != TIME and self.folds < 2:
            raise ValueError("A split is time, or grouped: and a number of folds from 2, such as grouped:5.")
        if min(self.epochs, self.seeds, self.bags) < 1 or self.extra < 0:
            raise ValueError("Epochs, seeds and bags are whole numbers from 1, extra one from 0.")
        object.__setattr__(self, "rungs", tuple(name for name in RUNGS if name in wanted))

    @property
    def folds(self) -> int:
        """Of a grouped split; 0 for one by time."""
        name, _, number = self.split.partition(":")
        return int(number) if name == "grouped" and number.isdecimal() else 0


QUICK_SETTINGS = LadderSettings(rungs=QUICK, extra=1, bags=1)
"""For a first model within minutes."""
