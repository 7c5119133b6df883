"""What all fitted rungs have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine import leaks
from engine.churn.answers.scorers import Scorer
from engine.churn.columns import AGGREGATES
from engine.churn.windows import Windows

Clock = Callable[[], float]


class TrainingRefused(Exception):
    """There is nothing to learn from, in words."""


class Rung(Protocol):
    """A fitted rung. Asking it changes nothing in it."""

    @property
    def name(self) -> str: ...

    def score(self, windows: Windows) -> NDArray[np.float64]:
        """(n,) raw chances of churn."""

    def parts(self) -> dict[str, bytes]:
        """What the artefact keeps of it."""


@dataclass(frozen=True)
class Plain:
    """A rung that answers as its scorer does."""

    name: str
    scorer: Scorer
    kept: Mapping[str, bytes]

    def score(self, windows: Windows) -> NDArray[np.float64]:
        return self.scorer(windows.aggregates, windows.steps)

    def parts(self) -> dict[str, bytes]:
        return dict(self.kept)


def check(windows: Windows) -> None:
    """TrainingRefused for one class only; LeakFound for columns that are not AGGREGATES, or that are the label."""
    if windows.aggregates.shape != (len(windows), len(AGGREGATES)):
        raise leaks.LeakFound(
            f"{len(AGGREGATES)} columns are known at the moment of a score; {windows.aggregates.shape[1]} were given."
        )
    buyers = int(windows.bought.sum())
    if not 0 < buyers < len(windows):
        what = "no visit ends" if not buyers else "every visit ends"
        raise TrainingRefused(f"Among the {len(windows):,} windows to learn from {what} in a purchase.")
    told = leaks.telling(AGGREGATES, windows.aggregates, windows.bought)
    if told:
        raise leaks.LeakFound(
            f"{', '.join(told)} alone tells the label: it cannot have been known at the moment of the score."
        )


def longest(windows: Windows) -> NDArray[np.int64]:
    """The place of each visit's longest window."""
    order = np.lexsort((windows.step, windows.visit))
    last = np.append(windows.visit[order][1:] != windows.visit[order][:-1], len(order) > 0)
    found: NDArray[np.int64] = order[last]
    return found
