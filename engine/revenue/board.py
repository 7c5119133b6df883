"""What has been measured so far: counts per finished fit, small enough for a checkpoint each time."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import metrics
from engine.metrics import Confusion

Bits = NDArray[np.integer]
Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one split."""

    confusion: Confusion
    auc: float
    auc_variance: float
    train_right: int
    train_rows: int  # the rows it was fitted on
    fit_seconds: float

    @classmethod
    def of(
        cls, true: Bits, said: Bits, scores: Scores, *, on_train: tuple[int, int], seconds: float
    ) -> "Cell":
        """From answers (0 or 1) and scores on the test rows, and (right, all) on the fitted rows."""
        auc, variance = metrics.auc_with_variance(true, scores)
        return cls(metrics.confusion(true, said), auc, variance, *on_train, seconds)

    def to_row(self) -> list[Any]:
        """The values in the order of the fields."""
        return [getattr(self, each.name) for each in fields(self)]


@dataclass
class Board:
    """Cells by (split, model), and the members' votes of the open split: (on test rows, on training rows)."""

    fingerprint: str
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    votes: dict[tuple[str, str], tuple[Bits, Bits]] = field(default_factory=dict)

    def of_model(self, model: str) -> Iterator[tuple[str, Cell]]:
        """Every split this model was measured on, in order of measuring."""
        return ((split, cell) for (split, name), cell in self.cells.items() if name == model)

    def to_state(self) -> bytes:
        """The checkpoint: JSON, a few kilobytes."""
        cells = [[split, model, *cell.to_row()] for (split, model), cell in self.cells.items()]
        votes = [
            [split, model, _pack(test), _pack(train)] for (split, model), (test, train) in self.votes.items()
        ]
        return json.dumps({"fingerprint": self.fingerprint, "cells": cells, "votes": votes}).encode()

    @classmethod
    def resume(cls, fingerprint: str, state: bytes | None) -> "Board":
        """From a checkpoint of the very same work, else empty. ValueError when `state` is no checkpoint."""
        data: dict[str, Any] = json.loads(state) if state else {}
        if data.get("fingerprint") != fingerprint:
            return cls(fingerprint)
        return cls(
            fingerprint,
            {(split, model): Cell(_matrix(matrix), *rest) for split, model, matrix, *rest in data["cells"]},
            {(split, model): (_unpack(test), _unpack(train)) for split, model, test, train in data["votes"]},
        )


def _pack(bits: Bits) -> list[str | int]:
    return [len(bits), b64encode(np.packbits(bits.astype(np.uint8)).tobytes()).decode()]


def _unpack(packed: tuple[int, str]) -> Bits:
    length, text = packed
    return np.unpackbits(np.frombuffer(b64decode(text), dtype=np.uint8), count=length).astype(np.int64)


def _matrix(rows: list[list[int]]) -> Confusion:
    (a, b), (c, d) = rows
    return ((a, b), (c, d))
