"""Accuracies as bar, line and pie, and as a table; each beside the majority rate."""

from engine.contracts import MEMBERS, Measure, ModelReport
from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.queries.reports.accuracy import AccuracyReport, TrainedVersion

SHOWN = (*MEMBERS, "vote")
PIE_NOTE = (
    "The published system drew its accuracies as a pie, so it is kept: each slice is a model's test "
    "accuracy. Accuracies do not add up to a whole, so compare models in the bars."
)


def chart(kind: str, version: TrainedVersion, report: AccuracyReport) -> Chart:
    """`kind` is bar, line or pie."""
    as_of = wording.moment(report.as_of)
    return {"bar": _bar, "line": _line, "pie": _pie}[kind](version, report, as_of)


def _bar(version: TrainedVersion, report: AccuracyReport, as_of: str) -> Chart:
    models = [row for row in version.report.models if row.name != "majority"]
    majority = version.report.majority_rate
    series = [
        Series(
            "Test accuracy",
            _values(models, "accuracy"),
            tuple(_bounds(m.metrics["accuracy"]) for m in models),
        ),
        Series("Training accuracy", _values(models, "train_accuracy")),
        Series("Always the majority", (majority,) * len(models), is_reference=True),
    ]
    best = version.report.best_reachable_accuracy
    if best is not None:
        series.append(Series("Best reachable", (best,) * len(models), is_reference=True))
    return Chart(
        kind="bar",
        title=f"Accuracy of version {version.number}",
        labels=tuple(wording.model(row.name) for row in models),
        series=tuple(series),
        unit=PERCENT,
        as_of=as_of,
        note="Test: the fifth of the rows that training never saw, whiskers are its 95 % interval. A "
        "training accuracy far above the test accuracy is memory, not knowledge.",
        label_title="Model",
        download="accuracies",
    )


def _line(version: TrainedVersion, report: AccuracyReport, as_of: str) -> Chart:
    runs = report.runs
    series = [
        Series(wording.model(name), tuple(run.report.model(name).metrics["accuracy"].value for run in runs))
        for name in ("vote", *MEMBERS)
    ]
    series.append(
        Series("Always the majority", tuple(run.report.majority_rate for run in runs), is_reference=True)
    )
    return Chart(
        kind="line",
        title="Test accuracy over training runs",
        labels=tuple(f"v{run.number}" for run in runs),
        series=tuple(series),
        unit=PERCENT,
        as_of=as_of,
        note="Runs may have used different data: compare each with the majority line of its own run.",
        label_title="Version",
        download="accuracies",
    )


def _pie(version: TrainedVersion, report: AccuracyReport, as_of: str) -> Chart:
    models = [version.report.model(name) for name in SHOWN]
    return Chart(
        kind="pie",
        title=f"Accuracies of version {version.number} as a pie",
        labels=tuple(wording.model(row.name) for row in models),
        series=(Series("Test accuracy", _values(models, "accuracy")),),
        unit=PERCENT,
        as_of=as_of,
        note=f"{PIE_NOTE} Always answering the majority gives {wording.rate(version.report.majority_rate)}.",
        label_title="Model",
        download="accuracies",
    )


def table(version: TrainedVersion) -> tables.Table:
    """Every model of one version: test, training and cross-validated accuracy, with 95 % intervals."""
    columns: list[tables.Heading] = [
        "Model",
        *map(tables.number, ("Test", "95 % interval", "Training", "5-fold", "95 % interval", "Majority")),
        "Better than the majority",
    ]
    rows = [_row(row, version.report.majority_rate) for row in version.report.models]
    return tables.table(
        f"Accuracy of version {version.number}, trained {wording.moment(version.created_at)}", columns, rows
    )


def _row(row: ModelReport, majority: float) -> list[tables.Content]:
    test, folds = row.metrics["accuracy"], row.metrics["cv_accuracy"]
    cells: list[tables.Content] = [
        wording.model(row.name),
        wording.rate(test.value),
        wording.interval(_bounds(test)),
        wording.rate(row.metrics["train_accuracy"].value),
        wording.rate(folds.value),
        wording.interval(_bounds(folds)),
        wording.rate(majority),
    ]
    if row.name == "majority":
        return [*cells, "is the majority"]
    return [
        *cells,
        tables.Cell("yes", badge="good") if row.better_than_majority else tables.Cell("no", badge="warn"),
    ]


def _values(models: list[ModelReport], metric: str) -> tuple[float, ...]:
    return tuple(row.metrics[metric].value for row in models)


def _bounds(figure: Measure) -> tuple[float, float] | None:
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)
