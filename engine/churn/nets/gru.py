"""B5: a GRU that reads each step once. What it remembers is carried from event to event."""

from collections.abc import Callable, Generator

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.churn.nets import loop
from engine.churn.nets.fitted import FittedNet
from engine.churn.nets.layers import (
    GAPS,
    STEP_WIDTH,
    TURNS,
    Aggregates,
    Batch,
    Dropout,
    Heads,
    Net,
    Sizes,
    Steps,
    last_of,
)
from engine.churn.windows import Windows
from engine.contracts import KINDS, Progress

NAME = "b5"
HIDDEN, BESIDE, EMBEDDING = 32, 32, 24
_DROPOUT = 0.15
NEXT_STEP = 0.1
"""Weight of a task more beside: the next step of the prefix."""

GAP_STEP = 3  # codes of a gap that are foretold as one
_TOLD = (len(KINDS) + 1, GAPS // GAP_STEP + 1, TURNS)
FORETOLD = sum(_TOLD)


class Gru(Net):
    """One direction only: a step changes what is remembered and is then forgotten."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.steps = Steps(sizes.categories)
        self.memory = nn.GRU(STEP_WIDTH, HIDDEN, batch_first=True)
        self.aggregates = Aggregates(sizes.segments, BESIDE)
        self.dropout = Dropout(_DROPOUT)
        self.mix = nn.Linear(HIDDEN + BESIDE, EMBEDDING)
        self.heads = Heads(EMBEDDING, sizes.categories)
        self.foretold = nn.Linear(HIDDEN, FORETOLD)

    def embed(self, batch: Batch, chance: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        remembered = last_of(self.memory(self.steps(batch.steps))[0], batch.length)
        beside = self.aggregates(batch.logs, batch.places)
        joined = self.dropout(torch.cat([remembered, beside], dim=1), chance)
        return torch.relu(self.mix(joined)), torch.zeros(batch.here.shape)

    def beside(self, batch: Batch) -> Tensor:
        """How badly what is remembered after each step but the last foretells the next one: kind, gap and turn."""
        if batch.steps.shape[1] < 2:
            return torch.zeros(())
        remembered = self.memory(self.steps(batch.steps))[0][:, :-1]
        following, here = batch.steps[:, 1:], batch.here[:, 1:]
        told = self.foretold(remembered)[here].split(list(_TOLD), dim=1)
        true = (following[..., 0], following[..., 2] // GAP_STEP, following[..., 5])
        pairs = zip(told, true, strict=True)
        losses = [functional.cross_entropy(said, what[here]) for said, what in pairs]
        return NEXT_STEP * torch.stack(losses).sum()


def fit_gru(
    train: Windows,
    valid: Windows,
    *,
    seed: int,
    epochs: int,
    clock: Callable[[], float],
    state: bytes | None = None,
) -> Generator[Progress, None, FittedNet]:
    """As `nets.fit_cnn`."""
    return (yield from loop.fit(NAME, Gru, train, valid, seed=seed, epochs=epochs, clock=clock, state=state))
