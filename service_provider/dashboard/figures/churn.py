"""The churn ladder as tables and a picture: rungs, moments, gates, segments, versions."""

from collections.abc import Iterator, Sequence

from django.urls import reverse

from engine.contracts import RUNG_NAMES, ChurnReport, Evaluation, Measure, Scored
from service_provider.dashboard import tables, wording
from service_provider.dashboard.charts import PERCENT, Chart, Series
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries.learning import GateRow, ModelVersionRow, VersionLine
from service_provider.queries.mall import MallSettings
from service_provider.queries.risk import ScoredVisit

REFERENCE = "b3"
_FIGURES = ("brier", "roc_auc", "pr_auc", "ece")
_TITLES = ("Brier", "ROC-AUC", "PR-AUC", "ECE")


def ladder(report: ChurnReport, evaluation: Evaluation, *, what: str) -> Table:
    """Every rung on the same windows: the plain rate and gradient boosting among them."""
    has_truth = any("bayes_share" in row.metrics for row in evaluation.models)
    numbers = ["Log-loss", "95 % interval", *_TITLES, "Warns, seconds"]
    numbers += ["Share of Bayes"] if has_truth else []
    numbers += ["Better than boosting", "Better than the rate", "Fit, seconds", "µs a score"]
    columns: list[tables.Heading] = ["Rung", *map(tables.number, numbers)]
    buyers, majority = evaluation.protocol["buyers"], evaluation.protocol["majority_rate"]
    caption = (
        f"{what}: {evaluation.rows:,} windows, {buyers:,} of them before a purchase; always saying the majority "
        f"is right in {wording.rate(majority)}"
    )
    rows = [_rung(row, report, evaluation, has_truth) for row in evaluation.models]
    return tables.table(caption, columns, rows)


def _rung(row: Scored, report: ChurnReport, table: Evaluation, has_truth: bool) -> list[tables.Content]:
    of, loss = row.metrics, row.metrics.get("log_loss")
    name = RUNG_NAMES.get(row.name, "Bayes filter, which knows the laws")
    title = f"{row.name} {name}" + (" (ships)" if row.name in shipped(report) else "")
    share = [_interval(of.get("bayes_share"), 3)] if has_truth else []
    warns = of.get("early_warning_s")
    gain = table.paired_gain.get(row.name)
    return [
        Cell(title, badge="good") if row.name == report.chosen else title,
        _plain(loss, 5),
        _bounds(loss, 5),
        *(_plain(of.get(figure), 4) for figure in _FIGURES),
        f"{warns.value:.0f}" if warns else "",
        *share,
        _signed(gain.metrics.get("log_loss")) if gain and gain.against == REFERENCE else "",
        _over_rate(row.name, table),
        f"{row.fit_seconds:.1f}" if row.fit_seconds else "",
        f"{row.score_micros:.0f}" if row.score_micros else "",
    ]


def shipped(report: ChurnReport) -> list[str]:
    """The rungs that did not learn here."""
    found: list[str] = report.pooled.protocol.get("shipped", [])
    return found


def _over_rate(name: str, table: Evaluation) -> str:
    for key in (f"{name} against b0", name):
        gain = table.paired_gain.get(key)
        if gain and gain.against == "b0":
            return _signed(gain.metrics.get("log_loss"))
    return ""


def _plain(measure: Measure | None, decimals: int) -> str:
    return f"{measure.value:.{decimals}f}" if measure else ""


def _bounds(measure: Measure | None, decimals: int) -> str:
    if measure is None or measure.low is None or measure.high is None:
        return ""
    return f"{measure.low:.{decimals}f} to {measure.high:.{decimals}f}"


def _interval(measure: Measure | None, decimals: int) -> str:
    bounds = _bounds(measure, decimals)
    return f"{_plain(measure, decimals)} ({bounds})" if bounds else _plain(measure, decimals)


def _signed(measure: Measure | None) -> str:
    if measure is None:
        return ""
    bounds = "" if measure.low is None else f" ({measure.low:+.5f} to {measure.high:+.5f})"
    return f"{measure.value:+.5f}{bounds}".replace("-", "−")


def moments(report: ChurnReport) -> Iterator[Table]:
    for name, evaluation in report.moments.items():
        what = "At the first add to cart" if name == "add" else f"After {name} events"
        yield ladder(report, evaluation, what=what)
    if report.never_seen is not None:
        yield ladder(report, report.never_seen, what="Shoppers nothing was learnt from")


def gates(rows: Sequence[GateRow]) -> Table:
    columns: list[tables.Heading] = [
        "Gate", *map(tables.number, ("Figure", "At most")), "", tables.words("Remark"),
    ]  # fmt: skip
    cells: list[list[tables.Content]] = [
        [
            row.name.capitalize(),
            row.figure_text,
            row.limit_text,
            Cell("holds", badge="good") if row.holds else Cell("does not hold", badge="bad"),
            row.note,
        ]
        for row in rows
    ]
    return tables.table("All of them must hold before the version may be put to use", columns, cells)


def reliability(report: ChurnReport, *, as_of: str) -> Chart:
    bins = report.calibration
    return Chart(
        kind="line",
        title="What was said and what came true",
        labels=tuple(f"tenth {place}" for place in range(1, len(bins) + 1)),
        series=(
            Series("visits that ended without a purchase", tuple(one.happened for one in bins)),
            Series("chance that was said", tuple(one.said for one in bins), is_reference=True),
        ),
        unit=PERCENT,
        as_of=as_of,
        note="Windows of the test in tenths, the least risk first. Where the lines meet, chances are right.",
        label_title="Windows",
    )


def confusion(report: ChurnReport) -> Table:
    (stays, alarmed), (missed, caught) = report.confusion
    columns: list[tables.Heading] = ["", *map(tables.number, ("Not said at risk", "Said at risk", "In all"))]
    rows: list[list[tables.Content]] = [
        ["Bought", *map(wording.count, (stays, alarmed, stays + alarmed))],
        ["Left without a purchase", *map(wording.count, (missed, caught, missed + caught))],
    ]
    caption = f"At risk is a chance of at least {wording.rate(report.threshold)}: the top tenth on validation"
    return tables.table(caption, columns, rows)


def segments(report: ChurnReport, names: dict[str, str]) -> Table:
    numbers = ("Windows", "Before a purchase", "ECE", "Gain of a net of its own")
    columns: list[tables.Heading] = [
        "Segment", *map(tables.number, numbers), "Net of its own", "Calibrated by"
    ]  # fmt: skip
    rows: list[list[tables.Content]] = [
        [
            names.get(row.segment, row.segment) or "not known",
            wording.count(row.rows),
            wording.count(row.buyers),
            _interval(row.calibration_error, 4) or wording.NOT_ENOUGH,
            _signed(row.own_net_gain),
            "kept" if row.keeps_own_net else "not kept" if row.own_net_gain else "not tried",
            row.calibrated_by,
        ]
        for row in report.segments
    ]
    return tables.table("The chosen rung by segment", columns, rows)


def versions(
    rows: Sequence[VersionLine], *, candidate: int | None, mall: MallSettings, may_promote: bool
) -> Table:
    columns: list[tables.Heading] = [
        "Version",
        "State",
        tables.words("Rung"),
        tables.number("Windows tested"),
        "Learnt from",
        "Trained",
        "By",
    ]
    cells: list[list[tables.Content]] = [
        [
            Cell(f"Version {row.number}", href=f"{reverse('provider:churn')}?version={row.number}"),
            _state(row, candidate, may_promote),
            f"{row.chosen} {RUNG_NAMES[row.chosen]}" if row.chosen in RUNG_NAMES else row.chosen,
            wording.count(row.rows),
            row.data_name,
            wording.moment(mall.local(row.created_at)),
            row.by_label,
        ]
        for row in rows
    ]
    return tables.table("Newest first", columns, cells)


def _state(row: VersionLine, candidate: int | None, may_promote: bool) -> tables.Content:
    if row.is_live:
        return Cell("in use", badge="good")
    shown = f"Promote {row.number} …" if may_promote else ""
    if row.number == candidate:
        shown = f"{shown or 'asked'} (asked beside it)"
    return Cell(shown, href=reverse("provider:model-promote", args=[row.id])) if may_promote else shown


def scored(rows: Sequence[ScoredVisit], *, mall: MallSettings) -> Table:
    columns: list[tables.Heading] = ["Visit", "Asked last", *map(tables.number, ("Events then", "Risk"))]
    cells: list[list[tables.Content]] = [
        [
            Cell(f"Visit {row.visit_id}", href=reverse("provider:visit", args=[row.visit_id])),
            wording.moment(mall.local(row.at)),
            wording.count(row.step),
            wording.rate(row.churn),
        ]
        for row in rows
    ]
    return tables.table("Visits that the model was asked about last", columns, cells)


def chosen(version: ModelVersionRow) -> str:
    return f"{version.report.chosen} {RUNG_NAMES[version.report.chosen]}"
