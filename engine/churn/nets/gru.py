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
NEXT_STEP, SOONER = 0.1, 1.0
"""Weights of two more tasks beside: the next step, and at every step what is asked at the last one."""

_PURCHASE = KINDS.index("purchase") + 1
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
        self.foretold, self.sooner = nn.Linear(HIDDEN, FORETOLD), nn.Linear(HIDDEN, 1)

    def embed(self, batch: Batch, chance: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        remembered = last_of(self.memory(self.steps(batch.steps))[0], batch.length)
        beside = self.aggregates(batch.logs, batch.places)
        joined = self.dropout(torch.cat([remembered, beside], dim=1), chance)
        return torch.relu(self.mix(joined)), torch.zeros(batch.here.shape)

    def beside(self, batch: Batch, bought: Tensor | None) -> Tensor:
        """How badly what is remembered after each step but the last foretells the next one (kind, gap and turn),
        and a purchase in the rest of the visit, of which the prefix itself tells a part."""
        if batch.steps.shape[1] < 2:
            return torch.zeros(())
        remembered = self.memory(self.steps(batch.steps))[0][:, :-1]
        following, here = batch.steps[:, 1:], batch.here[:, 1:]
        told = self.foretold(remembered)[here].split(list(_TOLD), dim=1)
        true = (following[..., 0], following[..., 2] // GAP_STEP, following[..., 5])
        pairs = zip(told, true, strict=True)
        loss = NEXT_STEP * sum(
            (functional.cross_entropy(said, what[here]) for said, what in pairs), torch.zeros(())
        )
        if bought is None:
            return loss
        purchases = ((following[..., 0] == _PURCHASE) & here).flip(1).cumsum(1).flip(1) > 0
        label = torch.maximum(purchases.float(), bought[:, None])[here]
        said = self.sooner(remembered)[..., 0][here]
        return loss + SOONER * functional.binary_cross_entropy_with_logits(said, label)


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
