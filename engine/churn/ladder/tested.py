"""The windows of the test of all splits together, and what was said of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.churn.ladder.climb import Climbed
from engine.churn.windows import Windows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tested:
    """Windows at moments (drawn ones are learnt from, not reported), of one split after the other."""

    climbs: Sequence[Climbed]
    kept: Sequence[NDArray[np.bool_]]  # by split: which of its test

    @classmethod
    def of(cls, windows: Windows, climbs: Sequence[Climbed]) -> "Tested":
        return cls(climbs, [windows.moment[one.parts.test] >= 0 for one in climbs])

    @property
    def places(self) -> NDArray[np.int64]:
        """Among all windows."""
        pairs = zip(self.climbs, self.kept, strict=True)
        return np.concatenate([one.parts.test[rows] for one, rows in pairs])

    def said(self, rung: str) -> Floats:
        """(n,) calibrated chances of churn."""
        return np.concatenate(
            [one.test[rung][rows] for one, rows in zip(self.climbs, self.kept, strict=True)]
        )

    def never_seen(self) -> NDArray[np.bool_]:
        pairs = zip(self.climbs, self.kept, strict=True)
        return np.concatenate([one.parts.never_seen[rows] for one, rows in pairs])

    def spread(self, by_split: Sequence[float]) -> Floats:
        """(n,) of one number a split."""
        return np.repeat(np.asarray(by_split, dtype=np.float64), [int(rows.sum()) for rows in self.kept])


def validated(
    windows: Windows, climbs: Sequence[Climbed], names: Sequence[str]
) -> tuple[Windows, dict[str, Floats]]:
    """The windows of validation and calibration of all splits, and what each rung said of them. A window of several
    splits counts in each; its shopper is still one."""
    places = [rows for one in climbs for rows in (one.parts.validation, one.parts.calibration)]
    said = {
        name: np.concatenate(
            [part for one in climbs for part in (one.validation[name], one.calibration[name])]
        )
        for name in names
    }
    return windows.take(np.concatenate(places)), said
