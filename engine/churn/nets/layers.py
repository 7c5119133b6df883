"""What both nets are made of: steps as numbers, aggregates as numbers, and the three things they say."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from engine.churn import scaling
from engine.churn.columns import AGGREGATES
from engine.contracts import KINDS

GAPS, PRICES = 217, 82
"""Codes of a gap run from 0 to 216, of a price from 0 to 81 (engine/trail.py)."""

KIND_WIDTH, CATEGORY_WIDTH, GAP_WIDTH, PRICE_WIDTH = 8, 4, 6, 3
TURNS = 3
STEP_WIDTH = KIND_WIDTH + CATEGORY_WIDTH + GAP_WIDTH + 1 + PRICE_WIDTH + 1 + 1 + TURNS - 1
_MIDDLE_GAP, _GAP_UNIT, _MIDDLE_PRICE, _PRICE_UNIT, _FARTHEST = 52.0, 8.0, 26.0, 6.0, 3.0
_SEGMENT_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """What decides the shape of a net besides its kind."""

    categories: int
    segments: int


class Batch:
    """Rows on their way through a net. `steps` (n, L, 6) begin at 0, `length` (n,) says how many there are."""

    def __init__(self, steps: Tensor, length: Tensor, logs: Tensor, places: Tensor) -> None:
        self.steps, self.length, self.logs, self.places = steps, length, logs, places
        self.here = torch.arange(steps.shape[1])[None, :] < length[:, None]  # (n, L)


class Dropout(nn.Module):
    """Dropout whose chance comes in by the door."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate

    def forward(self, values: Tensor, chance: torch.Generator | None) -> Tensor:
        if chance is None:
            return values
        kept = torch.rand(values.shape, generator=chance) >= self._rate
        return values * kept / (1.0 - self._rate)


class Steps(nn.Module):
    """(n, L, 6) codes -> (n, L, STEP_WIDTH). What training never met is a row of zeros."""

    def __init__(self, categories: int) -> None:
        super().__init__()
        self.kind = nn.Embedding(len(KINDS) + 1, KIND_WIDTH)
        self.category = nn.Embedding(categories + 1, CATEGORY_WIDTH)
        self.gap = nn.Embedding(GAPS // 2 + 1, GAP_WIDTH)
        self.price = nn.Embedding(PRICES // 2 + 1, PRICE_WIDTH)
        for table in (self.category, self.gap, self.price):
            nn.init.zeros_(table.weight)
        nn.init.normal_(self.kind.weight, std=0.5)

    def forward(self, steps: Tensor) -> Tensor:
        tables = self.tables()
        each = [tables[column][steps[..., column]] for column in range(len(tables))]
        return torch.cat(each, dim=-1)

    def tables(self) -> list[Tensor]:
        """For each column of a step the rows that its codes stand for."""
        gaps, prices = torch.arange(GAPS), torch.arange(PRICES)
        gap = ((gaps - _MIDDLE_GAP) / _GAP_UNIT).clamp(-_FARTHEST, _FARTHEST) * (gaps > 0)
        price = ((prices - _MIDDLE_PRICE) / _PRICE_UNIT).clamp(-_FARTHEST, _FARTHEST) * (prices > 0)
        return [
            self.kind.weight,
            self.category.weight,
            torch.cat([self.gap(gaps // 2), gap[:, None]], dim=1),
            torch.cat([self.price(prices // 2), price[:, None]], dim=1),
            torch.tensor([[0.0], [1.0]]),
            torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),  # stayed in the category, turned to another
        ]


class Aggregates(nn.Module):
    """(n, A) logarithms and (n, 3) places -> (n, width), all of it above 0."""

    def __init__(self, segments: int, width: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(len(AGGREGATES)))
        self.register_buffer("factor", torch.zeros(len(AGGREGATES)))
        self.segment = nn.Embedding(segments + 1, _SEGMENT_WIDTH)
        nn.init.zeros_(self.segment.weight)
        self.sizes = nn.Linear(len(AGGREGATES), width)
        self.hour = nn.Linear(2, width, bias=False)
        self.weekday = nn.Linear(2, width, bias=False)
        self.standing = nn.Linear(_SEGMENT_WIDTH, width, bias=False)

    def learn_scale(self, logs: np.ndarray) -> None:
        """Centre and factor of the logarithms (n, A) of the rows that are learnt from."""
        centre, factor = scaling.standard(logs)
        self.centre, self.factor = torch.from_numpy(centre), torch.from_numpy(factor)

    def forward(self, logs: Tensor, places: Tensor) -> Tensor:
        found = self.sizes((logs - self.centre) * self.factor)
        for table, place in zip(self.tables(), places.T, strict=True):
            found = found + table[place]
        return torch.relu(found)

    def tables(self) -> list[Tensor]:
        """What hour, weekday and segment add, by their places."""
        hours = torch.from_numpy(scaling.round_table(scaling.HOURS))
        days = torch.from_numpy(scaling.round_table(scaling.WEEKDAYS))
        return [self.hour(hours), self.weekday(days), self.standing(self.segment.weight)]


class Heads(nn.Module):
    """From an embedding: the logit of churn, of leaving within a minute, and one for each next category."""

    def __init__(self, width: int, categories: int) -> None:
        super().__init__()
        self.churn, self.leaves = nn.Linear(width, 1), nn.Linear(width, 1)
        self.next_category = nn.Linear(width, categories + 1)
        nn.init.zeros_(self.churn.weight)

    def start_at(self, rate: float) -> None:
        """Before anything is learnt the net says `rate` of everybody."""
        low = min(max(rate, 1e-4), 1 - 1e-4)
        nn.init.constant_(self.churn.bias, float(np.log(low / (1 - low))))

    def forward(self, embedding: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        churn, leaves = self.churn(embedding)[:, 0], self.leaves(embedding)[:, 0]
        return churn, leaves, self.next_category(embedding)


class Net(nn.Module):
    """Steps and aggregates in, an embedding out, and heads upon it."""

    steps: Steps
    aggregates: Aggregates
    heads: Heads

    def embed(self, batch: Batch, chance: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """(n, E) the embedding, and (n, L) how much each step weighed in it."""
        raise NotImplementedError

    def beside(self, batch: Batch) -> Tensor:
        """The loss of what this net alone is asked besides, 0 where that is nothing."""
        return torch.zeros(())

    def forward(self, batch: Batch, chance: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        found: tuple[Tensor, Tensor, Tensor] = self.heads(self.embed(batch, chance)[0])
        return found


def last_of(values: Tensor, length: Tensor) -> Tensor:
    """(n, L, H) -> (n, H) at each row's last step."""
    return values[torch.arange(len(values)), length - 1]
