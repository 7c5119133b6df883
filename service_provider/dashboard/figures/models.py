"""A version's report as tables: every model with its accuracy beside the majority's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse

from engine.contracts import LABEL_NAMES, ModelReport, RevenueReport
from service_provider.dashboard import tables, wording
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.learning import PromotionRow, VersionSummary
from service_provider.queries.mall import MallSettings

METRICS = {
    "balanced_accuracy": "Balanced accuracy",
    "roc_auc": "ROC AUC",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


@dataclass(frozen=True, slots=True)
class Confusion:
    name: str
    test: Table
    folds: Table
    is_open: bool


def accuracies(report: RevenueReport) -> Table:
    """Test, training and cross-validated accuracy of every model."""
    numbers = (
        "Test accuracy",
        "Majority",
        "5-fold accuracy",
        "Training accuracy",
        "Fit, seconds",
        "Rows fitted",
    )
    rows = [_accuracy(model, report.majority_rate) for model in report.models]
    columns: list[str | tables.Column] = ["Model", *map(tables.number, numbers), "Better than the majority"]
    return tables.table(
        "Accuracy with its 95 % interval, beside always answering the majority", columns, rows
    )


def _accuracy(model: ModelReport, majority: float) -> list[str | Cell]:
    metrics = model.metrics
    cells: list[str | Cell] = [
        wording.model(model.name),
        wording.measure(metrics["accuracy"]),
        wording.rate(majority),
        wording.measure(metrics["cv_accuracy"]),
        wording.rate(metrics["train_accuracy"].value),
        f"{model.fit_seconds:.2f}",
        wording.count(model.rows_fitted),
    ]
    if model.name == "majority":
        return [*cells, "is the majority"]
    return [*cells, Cell("yes", badge="good") if model.better_than_majority else Cell("no", badge="warn")]


def further(report: RevenueReport, *, prefix: str, caption: str) -> Table:
    """The other metrics; `prefix` is "" for the test rows and "cv_" for the five folds."""
    rows = [
        [wording.model(model.name), *(_metric(model, f"{prefix}{name}") for name in METRICS)]
        for model in report.models
    ]
    return tables.table(caption, ("Model", *map(tables.number, METRICS.values())), rows)


def _metric(model: ModelReport, name: str) -> str:
    figure = model.metrics.get(name)
    return wording.measure(figure) if figure else "–"


def confusions(report: RevenueReport) -> Iterator[Confusion]:
    for model in report.models:
        name = wording.model(model.name)
        yield Confusion(
            name,
            _matrix(f"{name}, test rows", model.confusion),
            _matrix(f"{name}, 5-fold", model.cv_confusion),
            is_open=model.name == "vote",
        )


def _matrix(caption: str, matrix: tuple[tuple[int, int], tuple[int, int]]) -> Table:
    columns: list[str | tables.Column] = [
        "Came true",
        *(tables.number(f"Said {name}") for name in LABEL_NAMES),
    ]
    rows = [[name, *map(wording.count, cells)] for name, cells in zip(LABEL_NAMES, matrix, strict=True)]
    return tables.table(caption, columns, rows)


def leaks(report: RevenueReport) -> Table:
    rows = [
        [" and ".join(leak.columns), leak.determines, wording.rate(leak.share), leak.note]
        for leak in report.leaks
    ]
    return tables.table(
        "Columns that alone determine another",
        ["Columns", "Determine", tables.number("Of the rows"), "Note"],
        rows,
    )


def distance_to_best(report: RevenueReport) -> str:
    """How far the vote is from what is reachable at all, in points; empty where that is not known."""
    if report.best_reachable_accuracy is None:
        return ""
    return f"{100 * (report.best_reachable_accuracy - report.model('vote').metrics['cv_accuracy'].value):.1f}"


def versions(rows: Sequence[VersionSummary], *, mall: MallSettings, may_promote: bool) -> Table:
    """The list of versions: the vote's accuracy beside the majority's, and the verdict."""
    numbers = ("Vote", "Majority")
    columns: list[str | tables.Column] = [
        "Version",
        "State",
        *map(tables.number, numbers),
        "Verdict",
        "Data",
        tables.number("Rows"),
        "Trained",
        "By",
    ]
    caption = (
        "The vote's accuracy on the test rows with its 95 % interval, beside always answering the majority"
    )
    return tables.table(caption, columns, [_version(row, mall, may_promote) for row in rows])


def _version(row: VersionSummary, mall: MallSettings, may_promote: bool) -> list[str | Cell]:
    return [
        Cell(f"Version {row.number}", href=reverse("provider:model", args=[row.id])),
        _state(row, may_promote),
        wording.measure(row.accuracy),
        wording.rate(row.majority_rate),
        Cell("better", badge="good") if row.better_than_majority else Cell("no better", badge="warn"),
        f"{row.data_name}, rule {row.label_rule}" if row.label_rule else row.data_name,
        wording.count(row.rows),
        wording.day(mall.local(row.created_at)),
        row.by_label,
    ]


def _state(row: VersionSummary, may_promote: bool) -> str | Cell:
    if row.is_live:
        return Cell("in use", badge="good")
    href = reverse("provider:model-promote", args=[row.id])
    return Cell(f"Promote {row.number} …", href=href) if may_promote else ""


def changes(rows: Sequence[PromotionRow], *, mall: MallSettings) -> Table:
    """Who put which version in use, and when."""
    cells: list[list[str | Cell]] = [
        [
            wording.moment(mall.local(row.at)),
            row.verb_label,
            Cell(f"Version {row.number}", href=reverse("provider:model", args=[row.version_id])),
            f"Version {row.previous_number}" if row.previous_number else "none",
            row.by_label,
        ]
        for row in rows
    ]
    return tables.table("Newest first", ("When", "What", "Now in use", "Before", "By"), cells)
