"""Fits segments: scores, levels, the grid, what it is worth beside its alternatives. Needs scikit-learn and scipy."""

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contracts import AxisReport, Progress, SegmentsReport
from engine.segments import compare, figures, grid, levels
from engine.segments.alternatives import Shape
from engine.segments.columns import AXES, Floats, ShopperColumns, known
from engine.segments.compare import Past
from engine.segments.scores import AxisScore, fit_axis
from engine.segments.serve import Assigned, SegmentModel, assign

LEAST_SHOPPERS = 30


class FitRefused(Exception):
    """There is too little to make segments of; the text is for people."""


@dataclass(frozen=True, slots=True)
class Former:
    """The version before: its model, and the code that each shopper of the columns has so far ("" for none)."""

    model: SegmentModel
    codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model, its report, and where the shoppers belong."""

    model: SegmentModel
    report: SegmentsReport
    assigned: Assigned


def fit(
    columns: ShopperColumns,
    past: Past | None,
    *,
    as_of_ms: int,
    seed: int,
    clock: Callable[[], float],
    former: Former | None = None,
    taken: Collection[str] = (),
) -> Generator[Progress, None, Fitted]:
    """Segments of the shoppers of `columns` (n,) at `as_of_ms`. FitRefused below 30 who are no newcomers.

    `past` is what the methods are compared on; None where nothing is known of 30 days before. `clock` measures
    seconds; codes that are `taken` meant something once and are given to nothing new. The same columns, seed, codes
    and former version give the same model.
    """
    yield Progress("Scores and levels", 0, 0)
    built = build(columns, as_of_ms=as_of_ms, seed=seed, former=former, taken=taken)
    model, assigned = built.model, built.assigned
    shape = Shape(len(model.spending_levels), len(model.behaviour_levels))
    compared = yield from compare.compare(columns, past, shape, seed=seed, clock=clock)
    report = SegmentsReport(
        as_of_ms=as_of_ms,
        rows=len(columns),
        newcomers=int(columns.is_newcomer().sum()),
        axes=built.axes,
        segments=figures.of_all(model, columns, assigned, kept=built.kept),
        methods=compared.evaluation,
        gates=compared.gates,
        verdict=compared.verdict,
        moved_share=_moved(assigned.codes, former),
        moved_by_refit=_by_refit(assigned.codes, columns, former),
        notes=tuple(_notes(built.axes)),
    )
    return Fitted(model, report, assigned)


@dataclass(frozen=True, slots=True)
class Built:
    """A model without its worth: how its axes came about, where the shoppers belong, and the codes that it kept."""

    model: SegmentModel
    axes: tuple[AxisReport, ...]
    assigned: Assigned
    kept: frozenset[str]


def build(
    columns: ShopperColumns,
    *,
    as_of_ms: int,
    seed: int,
    former: Former | None = None,
    taken: Collection[str] = (),
) -> Built:
    """The model that `fit` makes, without comparing it. FitRefused as there."""
    settled = columns.take(~columns.is_newcomer())
    _check(len(columns), len(settled))
    model, axes, kept = _model(settled, as_of_ms=as_of_ms, seed=seed, former=former, taken=taken)
    return Built(model, axes, assign(model, columns, former.codes if former else None), kept)


def _check(shoppers: int, settled: int) -> None:
    if settled >= LEAST_SHOPPERS:
        return
    raise FitRefused(
        f"Of {shoppers:,} shoppers {settled:,} have at least two orders or three visits; segments need "
        f"{LEAST_SHOPPERS} of them. Import events of a longer time, or wait until more shoppers have come again."
    )


def _model(
    settled: ShopperColumns, *, as_of_ms: int, seed: int, former: Former | None, taken: Collection[str]
) -> tuple[SegmentModel, tuple[AxisReport, ...], frozenset[str]]:
    rng = np.random.default_rng(seed)
    scores: dict[str, AxisScore] = {}
    points: dict[str, Floats] = {}
    cuts: dict[str, levels.Levels] = {}
    for name in AXES:
        scores[name] = fit_axis(settled.axis(name))
        points[name] = scores[name].score(settled.axis(name))
        cuts[name] = levels.choose(points[name], rng=rng)
    found = grid.cross(
        grid.Points(points["spending"], points["behaviour"], known(settled.orders_180d) > 0),
        cuts["spending"].centres,
        cuts["behaviour"].centres,
        former.model.segments if former else (),
        taken,
    )
    model = SegmentModel(
        as_of_ms=as_of_ms,
        spending=scores["spending"],
        behaviour=scores["behaviour"],
        spending_levels=cuts["spending"].centres,
        behaviour_levels=cuts["behaviour"].centres,
        cells=found.cells,
        segments=found.segments,
    )
    axes = tuple(_axis(name, scores[name], cuts[name]) for name in AXES)
    return model, axes, found.kept


def _axis(name: str, score: AxisScore, cut: levels.Levels) -> AxisReport:
    return AxisReport(
        name=name,
        weights=dict(zip(AXES[name], score.weights, strict=True)),
        explained=score.explained,
        levels=cut.centres,
        tried=cut.tried,
        is_stable=cut.is_stable,
    )


def _moved(codes: NDArray[np.str_], former: Former | None) -> float | None:
    """Share of the shoppers who had a segment that have another one now."""
    if former is None:
        return None
    before = np.array([str(code) for code in former.codes])
    had = before != ""
    return float((codes[had] != before[had]).mean()) if had.any() else None


def _by_refit(codes: NDArray[np.str_], columns: ShopperColumns, former: Former | None) -> float | None:
    """Share of the shoppers whom the former model, asked of the same columns, puts elsewhere."""
    if former is None:
        return None
    return float((assign(former.model, columns, former.codes).codes != codes).mean())


def _notes(axes: Sequence[AxisReport]) -> list[str]:
    notes = []
    for axis in axes:
        if len(axis.levels) < 2:
            notes.append(f"All shoppers have the same score of {axis.name}, so that it has one level.")
        elif not axis.is_stable:
            notes.append(
                f"No number of levels of {axis.name} came back in bootstrap samples with a Rand index of "
                f"{levels.STABLE}; the most stable one was taken."
            )
    return notes
