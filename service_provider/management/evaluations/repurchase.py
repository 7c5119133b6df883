"""`evaluate repurchase`: who buys again within a horizon, from plain purchases."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from threadpoolctl import threadpool_limits

from engine.contracts import Evaluation, Progress
from engine.leaks import LeakFound
from engine.tabular.columns import Refused
from engine.tabular.repurchase import course
from service_provider.adapters.faults import BadFile
from service_provider.adapters.public_layouts import purchase_list
from service_provider.management import terminal
from service_provider.management.evaluations import scoreboard

HELP = "Who buys again within a horizon, from plain purchases: half of the customers learnt from, half asked."
SHUFFLED = "The labels were dealt out anew: a control in which there is nothing to learn."
MOST_WEEKS = 520


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `evaluate repurchase`."""
    parser.add_argument(
        "--csv", type=Path, required=True, metavar="FILE", help="one purchase a row; text, .gz or .xz"
    )
    parser.add_argument(
        "--horizon-weeks", type=int, default=39, metavar="N", help="buys again within the last N weeks"
    )
    parser.add_argument(
        "--shuffle-labels", action="store_true", help="a control: labels dealt out anew must give no signal"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Prints the table, or with --json the object. Bad input is a CommandError with exit code 2."""
    if not 1 <= options["horizon_weeks"] <= MOST_WEEKS:
        raise CommandError(f"The horizon is from 1 to {MOST_WEEKS} weeks.", returncode=2)
    terminal.check_files(options["csv"], None)
    steps = _evaluate(options["csv"], weeks=options["horizon_weeks"], shuffled=options["shuffle_labels"])
    try:
        with threadpool_limits(limits=1):
            found = terminal.watch(steps)
    except (BadFile, Refused, LeakFound) as fault:
        raise CommandError(str(fault), returncode=2) from fault
    if options["json"]:
        stdout.write(json.dumps(found.to_json()))
        return
    for line in scoreboard.lines(found, f"Buys again within {options['horizon_weeks']} weeks"):
        stdout.write(line)


def _evaluate(path: Path, *, weeks: int, shuffled: bool) -> Generator[Progress, None, Evaluation]:
    purchases = yield from purchase_list.read(path)
    made = course.prepare(purchases, horizon_weeks=weeks, shuffled=shuffled)
    found = yield from course.evaluate(made, horizon_weeks=weeks, clock=time.perf_counter)
    return replace(found, notes=(*found.notes, *([SHUFFLED] if shuffled else [])))
