"""What a comparison of treated and held-out shoppers found."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.contracts.figures import Measure

LEAST_P = 0.0005
"""Below it the split of the groups is no chance, and nothing is compared."""


@dataclass(frozen=True, slots=True)
class SplitCheck:
    """Whether the groups have the sizes that they should have; `held_share` (0 to 1) was meant to be held out."""

    treated: int
    held: int
    held_share: float
    p_value: float

    @property
    def is_sound(self) -> bool:
        return self.p_value >= LEAST_P


@dataclass(frozen=True, slots=True)
class Compared:
    """One outcome per shopper, in its own unit. `always` holds however often one looks; `relative` is the difference
    as a share of the held-out mean, None where that mean is hardly above zero."""

    treated: int  # shoppers
    held: int
    treated_mean: float
    held_mean: float
    difference: Measure
    always: Measure
    relative: Measure | None = None

    @property
    def in_all(self) -> Measure:
        """The difference over all who were treated."""
        return _times(self.difference, self.treated)

    @property
    def in_all_always(self) -> Measure:
        return _times(self.always, self.treated)

    @property
    def sign(self) -> int:
        """1 or -1 where the difference is sure at every look; 0 where none can be told."""
        low, high = self.always.low, self.always.high
        if low is None or high is None:
            return 0
        return 1 if low > 0 else -1 if high < 0 else 0


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """`outcomes` by name; empty where the split stopped the report or there is not enough data yet."""

    split: SplitCheck
    is_enough: bool
    outcomes: Mapping[str, Compared]


def _times(figure: Measure, number: int) -> Measure:
    if figure.low is None or figure.high is None:
        return Measure(figure.value * number)
    return Measure(figure.value * number, figure.low * number, figure.high * number)
