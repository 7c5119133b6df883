"""Rungs that learnt elsewhere and ship as artefacts: asked in their own words, calibrated and measured like any other.

docs/algorithms/churn.md, "Nets that ship". Web-safe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.churn import serve
from engine.churn.columns import AGGREGATES, UNKNOWN, Words
from engine.churn.serve import RiskModel
from engine.churn.windows import Windows

Floats = NDArray[np.float64]
OF_ARTEFACT = ("card.json", "check-aggregates.npy", "check-steps.npy", "check-churn.npy")
_SEGMENT, _CATEGORY = AGGREGATES.index("segment"), 1


@dataclass(frozen=True)
class Shipped:
    """What an artefact says before it is calibrated. It knows its own categories, and no segment."""

    name: str
    model: RiskModel
    kept: Mapping[str, bytes]
    mark: str  # SHA-256 of the artefact that it came in

    def score(self, windows: Windows) -> Floats:
        told = self.told(windows)
        return self.model.raw(told.aggregates, told.steps)

    def told(self, windows: Windows) -> Windows:
        """The windows in its categories and in their own segments: by these it is calibrated."""
        return translated(windows, Words(self.model.words.categories, windows.words.segments))

    def parts(self) -> dict[str, bytes]:
        return dict(self.kept)


def of(rung: str, artefact: bytes) -> Shipped:
    """ArtefactCorrupt, in words, where it is damaged, made for other columns, or not that rung."""
    model = serve.load(artefact)
    if model.rung != rung:
        raise ArtefactCorrupt(f"The file holds the rung {model.rung} and not {rung}.")
    if model.words.segments:
        raise ArtefactCorrupt(
            "The file knows segments of the mall in which it learnt; they mean nothing here."
        )
    parts = {name: part for name, part in artefacts.unpack(artefact).items() if name not in OF_ARTEFACT}
    return Shipped(rung, model, parts, sha256(artefact).hexdigest())


def translated(windows: Windows, words: Words) -> Windows:
    """The same windows in the words of another model: what it has no word for is unknown to it."""
    segments = np.array([*map(words.segment, windows.words.segments), UNKNOWN])  # the last place is -1
    categories = np.array([0, *map(words.category, windows.words.categories)], dtype=np.int16)
    aggregates, steps = windows.aggregates.copy(), windows.steps.copy()
    aggregates[:, _SEGMENT] = segments[aggregates[:, _SEGMENT]]
    steps[:, :, _CATEGORY] = categories[steps[:, :, _CATEGORY]]
    return replace(
        windows,
        aggregates=aggregates,
        steps=steps,
        segment=aggregates[:, _SEGMENT].astype(np.int16),
        words=words,
    )
