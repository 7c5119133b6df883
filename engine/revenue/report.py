"""From counts to the report of a run: measures with intervals, gains over the majority, the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import metrics
from engine.contracts import LABEL_NAMES, MODEL_NAMES, Leak, Measure, ModelReport, RevenueReport
from engine.metrics import Confusion
from engine.revenue.board import Board, Cell
from engine.revenue.protocol import FOLDS, HOLDOUT

ALPHA = 0.05
SPLIT_TEXT = f"stratified {HOLDOUT} and stratified {FOLDS}-fold"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report says about the run itself."""

    seed: int
    rows: int
    rows_given: int
    label_rule: str | None
    majority: int
    majority_rate: float
    best_reachable_accuracy: float | None
    notes: tuple[str, ...]


def build(board: Board, frame: Frame, leaks: tuple[Leak, ...]) -> RevenueReport:
    """The report of a full board."""
    p_values = _p_values(board, frame.majority)
    better = _better(p_values)
    models = tuple(_row(board, name, p_values.get(name), better.get(name, False)) for name in MODEL_NAMES)
    return RevenueReport(
        split=SPLIT_TEXT,
        seeds=(frame.seed,),
        rows=frame.rows,
        rows_given=frame.rows_given,
        label_rule=frame.label_rule,
        majority_rate=frame.majority_rate,
        models=models,
        paired_gain={name: _gain(board, name, frame.majority) for name in p_values},
        better_than_majority=better["vote"],
        verdict=_verdict(frame, models, leaks),
        leaks=leaks,
        notes=frame.notes,
        best_reachable_accuracy=frame.best_reachable_accuracy,
    )


def _p_values(board: Board, majority: int) -> dict[str, float]:
    return {
        name: metrics.sign_test(*metrics.against_majority(_pooled(board, name), majority))
        for name in MODEL_NAMES
        if name != "majority"
    }


def _better(p_values: Mapping[str, float]) -> dict[str, bool]:
    """The vote was asked beforehand; the others are looked at together (Holm)."""
    others = [name for name in p_values if name != "vote"]
    rejected = metrics.holm([p_values[name] for name in others], ALPHA)
    return {"vote": p_values["vote"] < ALPHA} | dict(zip(others, rejected, strict=True))


def _folds(board: Board, name: str) -> list[Cell]:
    return [cell for split, cell in board.of_model(name) if split != HOLDOUT]


def _pooled(board: Board, name: str) -> Confusion:
    return metrics.add([cell.confusion for cell in _folds(board, name)])


def _row(board: Board, name: str, p_value: float | None, better: bool) -> ModelReport:
    cell, folds, pooled = board.cells[HOLDOUT, name], _folds(board, name), _pooled(board, name)
    measures = _measures(cell.confusion, [cell])
    measures["train_accuracy"] = metrics.proportion(cell.train_right, cell.train_rows)
    measures |= {f"cv_{key}": value for key, value in _measures(pooled, folds).items()}
    return ModelReport(
        name=name,
        metrics=measures,
        confusion=cell.confusion,
        cv_confusion=pooled,
        fit_seconds=cell.fit_seconds,
        rows_fitted=cell.train_rows,
        better_than_majority=better,
        p_value=p_value,
    )


def _measures(matrix: Confusion, cells: Sequence[Cell]) -> dict[str, Measure]:
    return {
        "accuracy": metrics.accuracy(matrix),
        "balanced_accuracy": metrics.balanced_accuracy(matrix),
        "roc_auc": metrics.auc_measure([(cell.auc, cell.auc_variance) for cell in cells]),
        "precision": metrics.precision(matrix),
        "recall": metrics.recall(matrix),
        "f1": metrics.f1(matrix),
    }


def _gain(board: Board, name: str, majority: int) -> dict[str, Measure]:
    """Over the majority on the same rows; balanced accuracy and ROC-AUC of a constant answer are one half."""
    cell, pooled = board.cells[HOLDOUT, name], _pooled(board, name)
    on_folds = _measures(pooled, _folds(board, name))
    return {
        "accuracy": _accuracy_gain(cell.confusion, majority),
        "cv_accuracy": _accuracy_gain(pooled, majority),
        "cv_balanced_accuracy": _less_half(on_folds["balanced_accuracy"]),
        "cv_roc_auc": _less_half(on_folds["roc_auc"]),
    }


def _accuracy_gain(matrix: Confusion, majority: int) -> Measure:
    return metrics.paired_gain(*metrics.against_majority(matrix, majority), sum(map(sum, matrix)))


def _less_half(measure: Measure) -> Measure:
    low, high = (None if bound is None else bound - 0.5 for bound in (measure.low, measure.high))
    return Measure(measure.value - 0.5, low, high)


def _verdict(frame: Frame, models: Sequence[ModelReport], leaks: Sequence[Leak]) -> str:
    vote = next(row for row in models if row.name == "vote")
    accuracy = vote.metrics["cv_accuracy"].value
    sentences = [
        _first_sentence(frame, models, vote),
        f"In {FOLDS}-fold predictions the vote is right in {_percent(accuracy)} ({_p_text(vote.p_value)}).",
    ]
    if frame.best_reachable_accuracy is not None:
        gap = 100 * (frame.best_reachable_accuracy - accuracy)
        where = f"{gap:.1f} points below it" if gap >= 0 else f"{-gap:.1f} points above it, by chance"
        best = _percent(frame.best_reachable_accuracy)
        sentences.append(f"The best reachable accuracy is {best}; the vote is {where}.")
    giving = [" and ".join(leak.columns) for leak in leaks if leak.determines == "label"]
    if giving:
        sentences.append(f"Mind the leak: the label is determined by {'; by '.join(giving)}.")
    return " ".join(sentences)


def _first_sentence(frame: Frame, models: Sequence[ModelReport], vote: ModelReport) -> str:
    always = f"always answering {LABEL_NAMES[frame.majority]} ({_percent(frame.majority_rate)} right)"
    if vote.better_than_majority:
        return f"The vote is better than {always}."
    others = [row.name for row in models if row.better_than_majority]
    if others:
        return f"The vote is no better than {always}; after correction these are: {', '.join(others)}."
    return f"No signal: neither the vote nor any other model is better than {always}."


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


def _p_text(p_value: float | None) -> str:
    if p_value is None:
        return "not tested"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
