"""`evaluate churn`: the ladder of the risk in a visit, on an event file or in the simulated mall."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from django.utils import timezone
from threadpoolctl import threadpool_limits

from engine.churn import fit, windows
from engine.churn.ladder.bound import Bound
from engine.churn.ladder.settings import QUICK_SETTINGS, LadderSettings
from engine.churn.windows import EventLog, Windows
from engine.contracts import MOMENTS, RUNG_NAMES, RUNGS, ChurnReport, Evaluation, Measure, Progress, Scored
from engine.segments import standings
from engine.segments.fit import FitRefused
from engine.simulate import untreated
from engine.simulate.mall.days import WorldSettings
from service_provider.adapters.event_files import churn_log
from service_provider.adapters.faults import BadFile
from service_provider.management import terminal

HELP = "How likely a visit ends without a purchase: every rung of the ladder, with intervals and paired differences."
SHOPPERS, DAYS = 26_000, 40  # about 100,000 visits
MOST_SHOPPERS, MOST_DAYS = 1_000_000, 1_000
MOST_OPEN = 0.5  # of a file's visits

Asked = Callable[[Windows], Generator[Progress, None, Bound]]
_HEAD = (
    f"{'rung':<12}{'log-loss [95 %]':<28}{'Brier':<9}{'AUC [95 %]':<25}{'AP':<8}{'ECE':<8}{'warned s':<10}"
)
_TAIL = f"{'fit s':<8}{'us/row':<8}"


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `evaluate churn`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--events", type=Path, metavar="FILE", help="CSV, CSV.gz, CSV.xz or Parquet")
    source.add_argument("--simulate", type=int, metavar="SEED", help="a simulated mall without coupons")
    parser.add_argument("--shoppers", type=int, default=SHOPPERS, help="of the simulated mall")
    parser.add_argument("--days", type=int, default=DAYS, help="of the simulated mall")
    parser.add_argument(
        "--at", default=",".join(MOMENTS), help="numbers of events and add, such as 2,3,5,10,add"
    )
    parser.add_argument("--split", default="time", help="time, or grouped:5 (folds of shoppers)")
    parser.add_argument(
        "--segments", action="store_true", help="tell the rungs each shopper's segment by then"
    )
    parser.add_argument("--target", choices=("purchase", "exit"), default="purchase")
    parser.add_argument("--rungs", help=f"some of {','.join(RUNGS)}; b0 and b3 are always run")
    parser.add_argument("--quick", action="store_true", help="b0 to b3 with fewer windows, within minutes")
    parser.add_argument("--epochs", type=int, default=8, help="of a net at most")
    parser.add_argument("--seeds", type=int, default=1, help="of the chosen rung and the published net")
    parser.add_argument("--seed", type=int, default=0, help="the same seed and data give the same figures")
    parser.add_argument("--json", action="store_true", help="end with one JSON object in place of the tables")


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Prints the tables, or with --json the object. Bad input is a CommandError with exit code 2."""
    settings = _settings(options)
    try:
        source = _source(options)
        with threadpool_limits(limits=1):
            report = terminal.watch(
                fit.evaluate(
                    source.log,
                    seed=options["seed"],
                    clock=time.perf_counter,
                    settings=settings,
                    until_ms=source.until_ms,
                    bound=source.bound,
                )
            )
    except (BadFile, fit.TrainingRefused) as fault:
        raise CommandError(str(fault), returncode=2) from fault
    report = replace(report, notes=(*source.notes, *report.notes))
    if options["json"]:
        stdout.write(json.dumps(report.to_json()))
        return
    for line in lines(report):
        stdout.write(line)


def _settings(options: Mapping[str, Any]) -> LadderSettings:
    if options["seed"] < 0:
        raise CommandError("The seed is a whole number from 0.", returncode=2)
    plain = QUICK_SETTINGS if options["quick"] else LadderSettings()
    rungs = tuple(options["rungs"].split(",")) if options["rungs"] else plain.rungs
    at = tuple(dict.fromkeys(name.strip() for name in options["at"].split(",")))
    if not all(name == "add" or (name.isdecimal() and int(name) > 0) for name in at):
        raise CommandError("--at takes numbers of events from 1 and add, such as 3,5,10,add.", returncode=2)
    try:
        return LadderSettings(
            rungs=rungs,
            epochs=options["epochs"],
            seeds=options["seeds"],
            bags=plain.bags,
            extra=plain.extra,
            at=at,
            target=options["target"],
            split=options["split"],
        )
    except ValueError as fault:
        raise CommandError(str(fault), returncode=2) from fault


@dataclass(frozen=True)
class _Source:
    """A log, who knows the truth of it, the moment as of which it is read, and what is to be said of that."""

    log: EventLog
    until_ms: int = windows.NEVER
    bound: Asked | None = None
    notes: tuple[str, ...] = ()


def _source(options: Mapping[str, Any]) -> _Source:
    if options["events"] is not None:
        terminal.check_files(options["events"], None)
        log = terminal.watch(churn_log.read_in_log(options["events"], now=timezone.now()))
        return _of_file(_with_segments(log, options["seed"]) if options["segments"] else log)
    if options["simulate"] < 0:
        raise CommandError("The seed of the mall is a whole number from 0.", returncode=2)
    if not (0 < options["shoppers"] <= MOST_SHOPPERS and 0 < options["days"] <= MOST_DAYS):
        raise CommandError(
            f"A mall has 1 to {MOST_SHOPPERS:,} shoppers and 1 to {MOST_DAYS:,} days.", returncode=2
        )
    world = WorldSettings(options["shoppers"], options["days"], options["simulate"])
    watched = terminal.watch(untreated.run(world))
    log = _with_segments(watched.log, options["seed"]) if options["segments"] else watched.log
    bound = untreated.bound(watched, with_history=options["segments"])
    return _Source(
        log, bound=bound if options["target"] == "purchase" else None
    )  # the mall closes before its log ends: no visit is open


def _with_segments(log: EventLog, seed: int) -> EventLog:
    try:
        return terminal.watch(standings.with_standings(log, seed=seed))
    except FitRefused as refusal:
        raise CommandError(str(refusal), returncode=2) from refusal


def _of_file(log: EventLog) -> _Source:
    """Read as of the last event, when some visits still went on; where that is most of them, as a whole."""
    until = int(log.at_ms.max(initial=0))
    share = windows.open_share(log, until)
    if share > MOST_OPEN:
        note = (
            f"{share:.0%} of the visits have an event in the last 30 minutes of the file. It is too short to leave out "
            "visits that may have gone on: its visits were taken as whole."
        )
        return _Source(log, notes=(note,))
    note = f"{share:.1%} of the visits may have gone on after the file's last event and were left out."
    return _Source(log, until, notes=(note,))


def lines(report: ChurnReport) -> Iterator[str]:
    """The report as a person reads it on a terminal."""
    pooled = report.pooled
    yield f"Split {pooled.split}, seed {pooled.seeds[0]}, target {report.target}."
    yield from _table("All moments", pooled)
    for name, table in report.moments.items():
        yield from _table("First add to cart" if name == "add" else f"After {name} events", table)
    if report.never_seen is not None:
        yield from _table("Shoppers that nothing was learnt from", report.never_seen)
    yield ""
    yield f"Chosen: {report.chosen} ({RUNG_NAMES[report.chosen]}). {report.why}"
    yield from _confusion(report)
    yield from _calibration(report)
    yield report.pooled.verdict
    yield from report.notes


def _table(title: str, table: Evaluation) -> Iterator[str]:
    has_share = any("bayes_share" in row.metrics for row in table.models)
    buyers, majority = table.protocol["buyers"], table.protocol["majority_rate"]
    yield ""
    what = "another event" if table.protocol["target"] == "exit" else "a purchase"
    yield f"{title}: {table.rows:,} windows, {buyers:,} of them before {what}; majority: {majority:.4f}."
    yield _HEAD + ("share of Bayes [95 %]   " if has_share else "") + _TAIL + "log-loss gain over b3 [95 %]"
    for row in table.models:
        yield _line(row, table, has_share)


def _line(row: Scored, table: Evaluation, has_share: bool) -> str:
    of = row.metrics
    share = f"{_interval(of.get('bayes_share'), 3):<24}" if has_share else ""
    gain = table.paired_gain.get(row.name)
    over = _interval(gain.metrics["log_loss"], 5) if gain and gain.against == "b3" else ""
    micros = "-" if row.score_micros is None else f"{row.score_micros:.0f}"
    return (
        f"{row.name:<12}{_interval(of.get('log_loss'), 5):<28}{_number(of.get('brier'), 4):<9}"
        f"{_interval(of.get('roc_auc'), 3):<25}{_number(of.get('pr_auc'), 3):<8}{_number(of.get('ece'), 4):<8}"
        f"{_number(of.get('early_warning_s'), 0):<10}{share}{row.fit_seconds:<8.1f}{micros:<8}{over}"
    )


def _number(measure: Measure | None, digits: int) -> str:
    return "-" if measure is None else f"{measure.value:.{digits}f}"


def _interval(measure: Measure | None, digits: int) -> str:
    if measure is None:
        return "-"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.{digits}f}"
    return f"{measure.value:.{digits}f} [{measure.low:.{digits}f}, {measure.high:.{digits}f}]"


def _confusion(report: ChurnReport) -> Iterator[str]:
    (stays, alarmed), (missed, caught) = report.confusion
    yield (
        f"Risk above {report.threshold:.4f} (a tenth of what was held out): of {missed + caught:,} windows before "
        f"no purchase {caught:,} were said, of {stays + alarmed:,} others {alarmed:,}."
    )


def _calibration(report: ChurnReport) -> Iterator[str]:
    yield f"Calibration slope {_interval(report.calibration_slope, 3)}; said and happened by tenths:"
    yield "  " + "  ".join(f"{one.said:.3f}/{one.happened:.3f}" for one in report.calibration)
    for row in report.segments:
        own = "" if row.own_net_gain is None else f"; own net {_interval(row.own_net_gain, 5)} better"
        kept = ", kept" if row.keeps_own_net else ", not kept" if own else ""
        yield (
            f"  {row.segment or '(segment unknown)'}: {row.rows:,} windows, {row.buyers:,} buying, "
            f"calibrated {row.calibrated_by}, ECE {_interval(row.calibration_error, 4)}{own}{kept}"
        )
