"""b4_segments: a net of its own for each segment that is better off with it."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn.ladder.figures import losses, mean
from engine.churn.rungs.fitted import Clock, Rung
from engine.churn.windows import Windows
from engine.contracts import Measure, Progress

LEAST_VISITS, LEAST_BUYERS = 2_000, 100
"""In the learning part; below, a net of its own has no chance and is not tried."""


@dataclass(frozen=True)
class OwnNets:
    """The pooled net, and by place of the segment the nets that are kept; `gains` says of all that were tried."""

    name: str
    pooled: Rung
    kept: Mapping[int, Rung]
    gains: Mapping[int, Measure]

    def score(self, windows: Windows) -> NDArray[np.float64]:
        found = self.pooled.score(windows)
        for segment, net in self.kept.items():
            rows = np.flatnonzero(windows.segment == segment)
            if len(rows):
                found[rows] = net.score(windows.take(rows))
        return found

    def parts(self) -> dict[str, bytes]:
        found = self.pooled.parts()
        for segment, net in self.kept.items():
            found |= {f"segment-{segment}-{name}": content for name, content in net.parts().items()}
        return found


def fit(
    fit_cnn: Callable[..., Generator[Progress, None, Any]],
    pooled: Rung,
    train: Windows,
    valid: Windows,
    *,
    seed: int,
    epochs: int,
    clock: Clock,
) -> Generator[Progress, None, OwnNets | None]:
    """None where no segment has enough to learn from. Kept where validation is better by more than an error."""
    kept: dict[int, Rung] = {}
    gains: dict[int, Measure] = {}
    for segment in _enough(train, valid):
        mine, asked = (part.take(np.flatnonzero(part.segment == segment)) for part in (train, valid))
        steps = fit_cnn(mine, asked, seed=seed, epochs=epochs, clock=clock, state=None)
        net = yield from _without_state(steps)
        bought = asked.bought.astype(np.float64)
        more = losses(bought, pooled.score(asked)) - losses(bought, net.score(asked))
        who = np.unique(asked.shopper, return_inverse=True)[1]
        gain = mean(more, asked.weight.astype(np.float64), who)
        gains[segment] = gain.measure()
        if gain.value > gain.error:
            kept[segment] = net
    return OwnNets("b4_segments", pooled, kept, gains) if gains else None


def _without_state(steps: Generator[Progress, None, Any]) -> Generator[Progress, None, Any]:
    """These nets are small: they begin anew."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield Progress(step.stage, step.done, step.total)


def _enough(train: Windows, valid: Windows) -> list[int]:
    found = []
    for segment in range(len(train.words.segments)):
        rows, asked = train.segment == segment, valid.segment == segment
        visits, buyers = len(np.unique(train.visit[rows])), int(train.bought[rows].sum())
        if visits >= LEAST_VISITS and buyers >= LEAST_BUYERS and valid.bought[asked].any():
            found.append(segment)
    return found
