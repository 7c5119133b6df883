"""`train churn`: the ladder of the risk in a visit, from the mall's own visits or from an event file."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engine.contracts import RUNG_NAMES, Progress
from service_provider.management import terminal
from service_provider.management.trainings import promotion
from service_provider.management.trainings.promotion import Out
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import ModelVersionRow, get_version
from service_provider.services import churn, learning
from service_provider.services.learning import Training

HELP = "Climbs the churn ladder, measures the chosen rung at its gates, and keeps it as a new version."
NO_TORCH = "Nets need PyTorch: pip install -r requirements-nets.txt"


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `train churn`."""
    parser.add_argument(
        "--events", type=Path, metavar="FILE", help="an event file; the mall's own visits unless told"
    )
    parser.add_argument("--quick", action="store_true", help="b0 to b3 with fewer windows, within minutes")
    parser.add_argument("--nets", action="store_true", help="the nets too; they need PyTorch")
    promotion.add_arguments(parser)


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Keeps a version and tells of it. Bad input is a CommandError with exit code 2, a gate that does not hold 1."""
    promotion.check(options["events"], options["seed"])
    if options["nets"] and options["quick"]:
        raise CommandError("--quick leaves the nets out; take one of --quick and --nets.", returncode=2)
    if options["nets"] and not churn.has_nets():
        raise CommandError(NO_TORCH, returncode=2)
    training = _train(options)
    try:
        version_id = learning.record(training, by=COMMAND, now=timezone.now())
    except OSError as fault:
        raise CommandError(f"The model could not be written: {fault.strerror}.", returncode=1) from fault
    for line in lines(get_version(version_id)):
        stdout.write(line)
    promotion.promote(version_id, options)
    version = get_version(version_id)
    stdout.write(promotion.told(version))
    if options["json"]:
        stdout.write(
            json.dumps(promotion.facts(version) | {"gates": training.gates} | version.report.to_json())
        )


def _train(options: Mapping[str, Any]) -> Training:
    # The learners take two seconds that --help need not wait for.
    from service_provider.jobs.learning import churn as job

    wish = job.Wish(options["seed"], options["quick"], options["nets"])

    def steps() -> Generator[Progress, None, Training]:
        if options["events"] is None:
            yield Progress("Reading visits", 0, 0)
            material = job.from_ledger(timezone.now())
        else:
            material = yield from job.from_file(options["events"], now=timezone.now())
        return (yield from job.train(material, wish, clock=time.perf_counter))

    try:
        return terminal.watch(steps())
    except job.UNFIT as fault:
        raise CommandError(str(fault), returncode=2) from fault


def lines(version: ModelVersionRow) -> Iterator[str]:
    """The choice and the gates, as a person reads them on a terminal."""
    report = version.report
    yield f"Version {version.number} of {version.data_name}, {version.rows:,} windows tested."
    yield f"Chosen: {report.chosen} ({RUNG_NAMES[report.chosen]}). {report.why}"
    yield report.pooled.verdict
    yield from report.notes
    for gate in version.gates:
        note = f" ({gate.note})" if gate.note else ""
        holds = "holds" if gate.holds else "DOES NOT HOLD"
        yield f"  {gate.name:<12}{gate.figure_text:>14}  at most {gate.limit_text:<10} {holds}{note}"
