"""`evaluate visits`: purchase from the aggregates of a visit, with the page's value, without it, and by month."""

import json
from argparse import ArgumentParser
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from threadpoolctl import threadpool_limits

from engine.contracts import Evaluation, Progress
from engine.leaks import LeakFound
from engine.tabular import visits
from engine.tabular.columns import Refused
from service_provider.adapters.faults import BadFile
from service_provider.adapters.public_layouts import visit_table
from service_provider.management import terminal
from service_provider.management.evaluations import heats, scoreboard

HELP = "Who buys, from visits as aggregates: ten splits, without PageValues, and by month."
TITLES = {
    visits.MAIN: "Purchase from a visit's aggregates",
    visits.PLAIN: "The same without PageValues",
    visits.LATER: "The last two months",
}
SHUFFLED = "The labels were dealt out anew: a control in which there is nothing to learn."
MOST_SEEDS = 100


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `evaluate visits`."""
    parser.add_argument(
        "--csv", type=Path, required=True, metavar="FILE", help="one visit a row, CSV, .gz or .xz"
    )
    parser.add_argument("--seeds", type=int, default=10, help="how many random splits, seeds from 0")
    parser.add_argument(
        "--processes", type=int, default=0, help="0: as many as there are processors, at most 4"
    )
    parser.add_argument(
        "--shuffle-labels", action="store_true", help="a control: labels dealt out anew must give no signal"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Prints the tables, or with --json the object. Bad input is a CommandError with exit code 2."""
    if not 1 <= options["seeds"] <= MOST_SEEDS:
        raise CommandError(f"Seeds are from 1 to {MOST_SEEDS}.", returncode=2)
    if options["processes"] < 0:
        raise CommandError("Processes are counted from 0.", returncode=2)
    terminal.check_files(options["csv"], None)
    steps = _evaluate(
        options["csv"],
        seeds=options["seeds"],
        processes=options["processes"],
        shuffled=options["shuffle_labels"],
    )
    try:
        with threadpool_limits(limits=1):
            found = terminal.watch(steps)
    except (BadFile, Refused, LeakFound) as fault:
        raise CommandError(str(fault), returncode=2) from fault
    except heats.CrewLost as lost:
        raise CommandError(str(lost), returncode=1) from lost
    if options["json"]:
        stdout.write(json.dumps(as_object(found)))
        return
    for question, evaluation in found.items():
        for line in scoreboard.lines(evaluation, TITLES[question]):
            stdout.write(line)


def as_object(found: Mapping[str, Evaluation]) -> dict[str, Any]:
    """The object of the first question, with those of the others beside it under their names."""
    others = {name: one.to_json() for name, one in found.items() if name != visits.MAIN}
    return found[visits.MAIN].to_json() | others


def _evaluate(
    path: Path, *, seeds: int, processes: int, shuffled: bool
) -> Generator[Progress, None, dict[str, Evaluation]]:
    read = yield from visit_table.read(path)
    table = read.table.dealt(seed=0) if shuffled else read.table
    whole = visits.plan(table, seeds=seeds)
    notes = (*read.notes, *([SHUFFLED] if shuffled else []), *whole.notes)
    rounds = yield from heats.walk(visits.walk, whole.heats, processes=processes)
    return (yield from visits.evaluate(replace(whole, notes=notes), rounds))
