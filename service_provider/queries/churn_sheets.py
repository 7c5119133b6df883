"""The churn ladder as rows of a file: every rung of every table of a version."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.contracts import RUNG_NAMES, ChurnReport, Evaluation, Measure
from service_provider.adapters.spreadsheets import Column
from service_provider.models import ModelVersion
from service_provider.queries.learning import CHURN
from service_provider.queries.mall import MallSettings

_FIGURES = ("log_loss", "brier", "roc_auc", "pr_auc", "ece", "early_warning_s", "bayes_share")
Rows = tuple[tuple[Column, ...], int, Iterator[tuple[Any, ...]]]


def ladder(params: Mapping[str, str], settings: MallSettings) -> Rows:
    """One row for each rung at each moment of each version; `version` chooses one as the page does."""
    versions = ModelVersion.objects.filter(kind=CHURN).order_by("-number")
    chosen = params.get("version", "")
    if chosen:
        is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        versions = versions.filter(number=int(chosen)) if is_number else versions.none()
    columns = (
        Column("version", "integer"), Column("live"), Column("trained_at", "moment"), Column("windows_at"),
        Column("rung"), Column("name"), Column("chosen"), Column("windows", "integer"),
        Column("before_a_purchase", "integer"), Column("majority_rate", "number"),
        *(Column(f"{name}{part}", "number") for name in (*_FIGURES, "gain_over_boosting")
          for part in ("", "_low", "_high")),
        Column("fit_seconds", "number"), Column("score_micros", "number"), Column("remark"),
    )  # fmt: skip
    reports = versions.values_list("report", flat=True)
    total = sum(len(table.models) for told in reports for _, table in _tables(ChurnReport.from_json(told)))
    return columns, total, _rows(versions.iterator(chunk_size=50), settings)


def _tables(report: ChurnReport) -> Iterator[tuple[str, Evaluation]]:
    yield "all moments", report.pooled
    for name, table in report.moments.items():
        yield ("first add to cart" if name == "add" else f"{name} events"), table
    if report.never_seen is not None:
        yield "shoppers never seen", report.never_seen


def _rows(versions: Iterable[ModelVersion], settings: MallSettings) -> Iterator[tuple[Any, ...]]:
    for version in versions:
        report = ChurnReport.from_json(version.report)
        live, trained = "yes" if version.live_kind else "no", settings.local(version.created_at)
        for moment, table in _tables(report):
            for row in table.models:
                gain = table.paired_gain.get(row.name)
                over = gain.metrics.get("log_loss") if gain and gain.against == "b3" else None
                yield (
                    version.number, live, trained, moment, row.name, RUNG_NAMES.get(row.name, "Bayes filter"),
                    "yes" if row.name == report.chosen else "no", table.rows, table.protocol["buyers"],
                    table.protocol["majority_rate"],
                    *(part for name in _FIGURES for part in _three(row.metrics.get(name))), *_three(over),
                    row.fit_seconds, row.score_micros, row.note,
                )  # fmt: skip


def _three(measure: Measure | None) -> tuple[float | None, float | None, float | None]:
    return (measure.value, measure.low, measure.high) if measure else (None, None, None)
