"""B4, the published net: convolutions over the steps, an LSTM both ways, attention, and the aggregates beside."""

from collections.abc import Callable, Generator

import torch
from torch import Tensor, nn

from engine.churn.nets import loop
from engine.churn.nets.fitted import FittedNet
from engine.churn.nets.layers import STEP_WIDTH, Aggregates, Batch, Dropout, Heads, Net, Sizes, Steps
from engine.churn.windows import Windows
from engine.contracts import Progress

NAME = "b4"
CHANNELS, HIDDEN, ASKED, BESIDE, EMBEDDING = 24, 20, 16, 32, 24
_DROPOUT = 0.15


class Cnn(Net):
    """The LSTM reads forward and backward, of the prefix alone: a step that is not there is never read."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.steps = Steps(sizes.categories)
        self.first = nn.Conv1d(STEP_WIDTH, CHANNELS, 3, padding=1)
        self.second = nn.Conv1d(CHANNELS, CHANNELS, 3, padding=1)
        self.forward_lstm = nn.LSTM(CHANNELS, HIDDEN, batch_first=True)
        self.backward_lstm = nn.LSTM(CHANNELS, HIDDEN, batch_first=True)
        self.question = nn.Linear(2 * HIDDEN, ASKED)
        self.answer = nn.Linear(ASKED, 1, bias=False)
        self.aggregates = Aggregates(sizes.segments, BESIDE)
        self.dropout = Dropout(_DROPOUT)
        self.mix = nn.Linear(2 * HIDDEN + BESIDE, EMBEDDING)
        self.heads = Heads(EMBEDDING, sizes.categories)

    def embed(self, batch: Batch, chance: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        here = batch.here[:, None, :]
        seen = torch.relu(self.first((self.steps(batch.steps)).transpose(1, 2) * here)) * here
        seen = (torch.relu(self.second(seen)) * here).transpose(1, 2)
        both = self._both_ways(seen, batch)
        weights = self._attention(both, batch)
        pooled = (both * weights[..., None]).sum(dim=1)
        beside = self.aggregates(batch.logs, batch.places)
        joined = self.dropout(torch.cat([pooled, beside], dim=1), chance)
        return torch.relu(self.mix(joined)), weights

    def _both_ways(self, seen: Tensor, batch: Batch) -> Tensor:
        """(n, L, 2 HIDDEN). Backward, each row is turned round within its own length, and back again."""
        places = torch.arange(seen.shape[1])[None, :]
        turned = torch.where(batch.here, batch.length[:, None] - 1 - places, places)[..., None]
        there = self.forward_lstm(seen)[0]
        back = self.backward_lstm(seen.gather(1, turned.expand_as(seen)))[0]
        back = back.gather(1, turned.expand_as(back))
        return torch.cat([there, back], dim=2) * batch.here[..., None]

    def _attention(self, both: Tensor, batch: Batch) -> Tensor:
        scores = self.answer(torch.tanh(self.question(both)))[..., 0]
        weights = torch.softmax(scores.masked_fill(~batch.here, -1e9), dim=1)
        return weights * batch.here


def fit_cnn(
    train: Windows,
    valid: Windows,
    *,
    seed: int,
    epochs: int,
    clock: Callable[[], float],
    state: bytes | None = None,
) -> Generator[Progress, None, FittedNet]:
    """The net at its best epoch on `valid`. Source and settings: docs/algorithms/churn_nets.md.

    The Progress at the end of each epoch carries a checkpoint; with it as `state` the same net comes out as of
    a run that was never broken. ValueError for nothing to learn from and for the checkpoint of other work.
    """
    return (yield from loop.fit(NAME, Cnn, train, valid, seed=seed, epochs=epochs, clock=clock, state=state))
