"""`evaluate revenue`: every model of phase 0 on the 80/20 split and five folds."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from threadpoolctl import threadpool_limits

from engine.contracts import LABEL_NAMES, Leak, Measure, ModelReport, RevenueReport
from engine.revenue import fit
from engine.revenue.labels import RULES
from service_provider.adapters import data_files, files
from service_provider.management import terminal

HELP = "High or Low: 80/20 and 5-fold table of every model beside the majority class, verdict and leaks."

_HEAD = "".join(
    f"{title:<{width}}"
    for title, width in zip(
        ("model", "80/20 [95 %]", "train", "5-fold [95 %]", "majority", "AUC", "F1", "better?"),
        (20, 23, 8, 23, 10, 7, 7, 7),
        strict=True,
    )
)


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `evaluate revenue`."""
    parser.add_argument("--csv", type=Path, required=True, metavar="FILE", help="transactions, CSV or XLSX")
    parser.add_argument("--seed", type=int, default=0, help="the same seed and file give the same figures")
    parser.add_argument("--label-rule", choices=RULES, help="makes labels where the file has none")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Prints the table, or with --json the object. Bad input is a CommandError with exit code 2."""
    if options["seed"] < 0:
        raise CommandError("The seed is a whole number from 0.", returncode=2)
    if not options["csv"].is_file():
        raise CommandError(f"There is no file {options['csv']}.", returncode=2)
    try:
        report = _evaluate(options["csv"], options["seed"], options["label_rule"])
    except files.BadFile as fault:
        raise CommandError(str(fault), returncode=2) from fault
    except fit.TrainingRefused as refusal:
        raise CommandError(str(refusal), returncode=2) from refusal
    if options["json"]:
        stdout.write(json.dumps(report.to_json()))
        return
    for line in lines(report):
        stdout.write(line)


def _evaluate(path: Path, seed: int, rule: str | None) -> RevenueReport:
    """On one thread: two that spin take many times as long."""
    read = files.read_transactions(path)
    best = data_files.find_best_reachable(read.sha256)
    with threadpool_limits(limits=1):
        steps = fit.evaluate(
            read.rows, seed=seed, clock=time.perf_counter, label_rule=rule, best_reachable_accuracy=best
        )
        report = terminal.watch(steps)
    return replace(report, notes=(*report.notes, *read.notes))


def lines(report: RevenueReport) -> Iterator[str]:
    """The report as a person reads it on a terminal."""
    rule = f", labels by the rule {report.label_rule}" if report.label_rule else ""
    yield f"{report.rows:,} rows, {report.split}, seed {report.seeds[0]}{rule}."
    yield ""
    yield _HEAD
    yield from (_line(row, report.majority_rate) for row in report.models)
    yield ""
    yield from _matrix(report.model("vote"))
    yield report.verdict
    yield from (_leak(leak) for leak in report.leaks)
    yield from report.notes


def _line(row: ModelReport, majority: float) -> str:
    of = row.metrics
    better = "-" if row.name == "majority" else "yes" if row.better_than_majority else "no"
    return (
        f"{row.name:<20}{_interval(of['accuracy']):<23}{of['train_accuracy'].value:<8.3f}"
        f"{_interval(of['cv_accuracy']):<23}{majority:<10.3f}{of['cv_roc_auc'].value:<7.3f}"
        f"{of['cv_f1'].value:<7.3f}{better}"
    )


def _interval(measure: Measure) -> str:
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}]"


def _matrix(vote: ModelReport) -> Iterator[str]:
    for name, (low, high) in zip(LABEL_NAMES, vote.cv_confusion, strict=True):
        yield f"Of {low + high:,} {name} rows the vote called {low:,} Low and {high:,} High (5-fold)."


def _leak(leak: Leak) -> str:
    verb = "determines" if len(leak.columns) == 1 else "determine"
    return f"Leak: {' and '.join(leak.columns)} {verb} the {leak.determines}. {leak.note}"
