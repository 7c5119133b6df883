"""From what a rung says to a chance that comes true, by segment. Plain numbers; web-safe. docs/algorithms/churn.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.churn.regressions import ridge_logit

Floats = NDArray[np.float64]

FEWEST_ISOTONIC, FEWEST_PLATT = 2_000, 5
"""Buying windows from which on a segment has an isotonic curve, or a line, of its own."""
STRENGTH = 500.0
"""How strongly a segment's line is drawn towards that of all."""
TRUST = 2_000.0
"""How strongly the line of all is drawn towards what the rung itself says: rungs learn chances, not ranks."""
LEAST = 1e-6
ISOTONIC, PLATT, TOGETHER = "isotonic", "platt", "all together"


def logit(chance: Floats) -> Floats:
    """Log-odds of chances, which are kept LEAST away from 0 and 1."""
    kept = np.minimum(np.maximum(chance, LEAST), 1.0 - LEAST)
    found: Floats = np.log(kept / (1.0 - kept))
    return found


def expit(odds: Floats) -> Floats:
    """The chance of log-odds."""
    found: Floats = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(odds, -40.0), 40.0)))
    return found


@dataclass(frozen=True)
class Calibration:
    """`line` (a, b) for all; of segments by their place a line or a curve (log-odds said -> chance of churn)."""

    line: tuple[float, float] = (0.0, 1.0)
    lines: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    curves: Mapping[int, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)

    def apply(self, churn: Floats, segment: NDArray[np.int16]) -> Floats:
        """(n,) calibrated chances of churn."""
        odds = logit(churn)
        found = expit(self.line[0] + self.line[1] * odds)
        for place, (a, b) in self.lines.items():
            rows = segment == place
            found[rows] = expit(a + b * odds[rows])
        for place, (said, true) in self.curves.items():
            rows = segment == place
            found[rows] = np.interp(odds[rows], said, true)
        return np.minimum(np.maximum(found, LEAST), 1.0 - LEAST)

    def kind(self, segment: int) -> str:
        """How the segment with this place is calibrated."""
        return ISOTONIC if segment in self.curves else PLATT if segment in self.lines else TOGETHER

    def to_json(self) -> str:
        return json.dumps(
            {
                "line": self.line,
                "lines": {str(place): line for place, line in self.lines.items()},
                "curves": {str(place): curve for place, curve in self.curves.items()},
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> "Calibration":
        data = json.loads(text)
        return cls(
            line=(data["line"][0], data["line"][1]),
            lines={int(place): (a, b) for place, (a, b) in data["lines"].items()},
            curves={int(place): (tuple(x), tuple(y)) for place, (x, y) in data["curves"].items()},
        )


def fit(
    churn: Floats, bought: NDArray[np.int8], segment: NDArray[np.int16], weight: NDArray[np.float32]
) -> Calibration:
    """Of (n,) raw chances of churn and what came true. The identity where nobody bought, or everybody did."""
    odds, left = logit(churn), 1.0 - bought.astype(np.float64)
    if min(left.sum(), len(left) - left.sum()) < FEWEST_PLATT:
        return Calibration()
    line = _line(odds, left, weight, towards=(0.0, 1.0), strength=TRUST)
    lines: dict[int, tuple[float, float]] = {}
    curves: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    found = np.unique(segment).tolist()
    for place in found:
        rows = segment == place
        buyers, others = float(bought[rows].sum()), float(left[rows].sum())
        if min(buyers, others) >= FEWEST_ISOTONIC:
            curves[place] = _curve(odds[rows], left[rows], weight[rows])
        elif min(buyers, others) >= FEWEST_PLATT and len(found) > 1:
            lines[place] = _line(odds[rows], left[rows], weight[rows], towards=line, strength=STRENGTH)
    return Calibration(line, lines, curves)


def _line(
    odds: Floats, left: Floats, weight: NDArray[np.float32], *, towards: tuple[float, float], strength: float
) -> tuple[float, float]:
    design = np.stack([np.ones(len(odds)), odds], axis=1)
    a, b = ridge_logit(design, left, weight.astype(np.float64), towards=np.array(towards), strength=strength)
    return float(a), max(float(b), 0.0)


def _curve(
    odds: Floats, left: Floats, weight: NDArray[np.float32]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Pooling adjacent violators, then the middle of each block: knots of a line that never falls."""
    order = np.argsort(odds, kind="stable")
    said, true, size = pooled(odds[order], left[order], weight[order].astype(np.float64))
    smooth = np.maximum.accumulate((true * size + 0.5) / (size + 1.0))
    return tuple(said.tolist()), tuple(smooth.tolist())


def pooled(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Blocks of isotonic regression of `y` on `x`, which does not fall: mean x, mean y and weight of each."""
    blocks: list[tuple[float, float, float]] = []
    for one in zip((x * weight).tolist(), (y * weight).tolist(), weight.tolist(), strict=True):
        block = one
        while blocks and blocks[-1][1] * block[2] >= block[1] * blocks[-1][2]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    table = np.array(blocks, dtype=np.float64).reshape(-1, 3)
    return table[:, 0] / table[:, 2], table[:, 1] / table[:, 2], table[:, 2]
