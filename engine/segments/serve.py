"""A fitted segmentation: stored, read back, and asked where shoppers belong. numpy only: web processes may load it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine.artefacts import ArtefactCorrupt, pack, unpack
from engine.contracts import NEWCOMERS
from engine.segments.columns import FEATURE_VERSION, Floats, ShopperColumns
from engine.segments.scores import AxisScore

CLEARLY = 0.9
"""A shopper moves where the new segment's distance is below so much of the old one's."""

_PART = "segments.json"


class OtherFeatures(ArtefactCorrupt):
    """The artefact was made for columns of another version."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment but the newcomers; `spending` and `behaviour` are the mean scores of its members in training."""

    code: str
    name: str
    spending: float
    behaviour: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid: its levels and the segment it belongs to."""

    spending: int
    behaviour: int
    code: str


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """Both scores, the centres of their levels, and which segment each cell of the grid is."""

    as_of_ms: int
    spending: AxisScore
    behaviour: AxisScore
    spending_levels: tuple[float, ...]
    behaviour_levels: tuple[float, ...]
    cells: tuple[Cell, ...]
    segments: tuple[Segment, ...]
    feature_version: str = FEATURE_VERSION

    def scores(self, columns: ShopperColumns) -> tuple[Floats, Floats]:
        """Spending and behaviour of shoppers (n,), each from -3 to 3, newcomers too."""
        return self.spending.score(columns.axis("spending")), self.behaviour.score(columns.axis("behaviour"))

    def distances(self, spending: Floats, behaviour: Floats) -> Floats:
        """(n, segments) to the nearest cell centre of each segment."""
        found = np.full((len(spending), len(self.segments)), np.inf)
        place = {segment.code: number for number, segment in enumerate(self.segments)}
        for cell in self.cells:
            x, y = self.spending_levels[cell.spending], self.behaviour_levels[cell.behaviour]
            column = place[cell.code]
            found[:, column] = np.minimum(found[:, column], np.hypot(spending - x, behaviour - y))
        return found


@dataclass(frozen=True, slots=True)
class Assigned:
    """By shopper: the code of her segment, and her scores, which a newcomer has not (NaN)."""

    codes: NDArray[np.str_]
    spending: Floats
    behaviour: Floats


def assign(model: SegmentModel, columns: ShopperColumns, previous: Sequence[str] | None = None) -> Assigned:
    """Where shoppers belong. `previous` are their codes so far, empty where there is none: who has one of this
    model's stays unless another segment is clearly nearer. ValueError where its length does not fit."""
    if previous is not None and len(previous) != len(columns):
        raise ValueError(f"{len(previous)} codes do not fit {len(columns)} shoppers.")
    spending, behaviour = model.scores(columns)
    away = model.distances(spending, behaviour)
    rows = np.arange(len(columns))
    near = away.argmin(axis=1)
    if previous is not None:
        place = {segment.code: number for number, segment in enumerate(model.segments)}
        old = np.array([place.get(code, -1) for code in previous], dtype=np.int64)
        stays = (old >= 0) & (away[rows, near] >= CLEARLY * away[rows, old])
        near = np.where(stays, old, near)
    codes = np.array([segment.code for segment in model.segments])[near]
    new = columns.is_newcomer()
    return Assigned(
        np.where(new, NEWCOMERS, codes), np.where(new, np.nan, spending), np.where(new, np.nan, behaviour)
    )


def to_bytes(model: SegmentModel) -> bytes:
    """The model as one file; equal models give equal bytes."""
    plain = {
        "feature_version": model.feature_version,
        "as_of_ms": model.as_of_ms,
        "spending": model.spending.to_json(),
        "behaviour": model.behaviour.to_json(),
        "spending_levels": model.spending_levels,
        "behaviour_levels": model.behaviour_levels,
        "cells": [asdict(cell) for cell in model.cells],
        "segments": [asdict(segment) for segment in model.segments],
    }
    return pack({_PART: json.dumps(plain, sort_keys=True).encode()})


def from_bytes(artefact: bytes) -> SegmentModel:
    """The model that was stored. ArtefactCorrupt where it is none, OtherFeatures where its columns are others."""
    parts = unpack(artefact)
    if _PART not in parts:
        raise ArtefactCorrupt("The model file holds no segments.")
    plain = json.loads(parts[_PART])
    version = plain.get("feature_version")
    if version != FEATURE_VERSION:
        raise OtherFeatures(
            f"These segments were fitted on columns of version {version}, and this site reckons with {FEATURE_VERSION}."
        )
    return SegmentModel(
        as_of_ms=plain["as_of_ms"],
        spending=AxisScore.from_json(plain["spending"]),
        behaviour=AxisScore.from_json(plain["behaviour"]),
        spending_levels=tuple(plain["spending_levels"]),
        behaviour_levels=tuple(plain["behaviour_levels"]),
        cells=tuple(Cell(**cell) for cell in plain["cells"]),
        segments=tuple(Segment(**segment) for segment in plain["segments"]),
    )
