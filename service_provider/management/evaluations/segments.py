"""`evaluate segments`: how good segments of an event file are, and whether their labels hold a week later."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from threadpoolctl import threadpool_limits

from engine.contracts import SegmentsReport
from engine.segments import fit, logs
from engine.segments.columns import DAY_MS
from service_provider.adapters.event_files import reading
from service_provider.adapters.event_files.shopper_log import LogBuilder
from service_provider.adapters.event_files.spool import Spool
from service_provider.adapters.faults import BadFile
from service_provider.management import terminal
from service_provider.management.evaluations.revenue import Out
from service_provider.management.trainings import segments as training

HELP = "Segments: their worth beside other ways, and whether shoppers keep theirs when they are fitted a week later."


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `evaluate segments`."""
    parser.add_argument("--events", type=Path, required=True, metavar="FILE", help="an event file")
    parser.add_argument(
        "--days", type=int, default=7, metavar="N", help="between the two fits; 7 unless told"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed and file give the same figures")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Prints the tables, or with --json the object. Bad input is a CommandError with exit code 2."""
    if options["seed"] < 0 or options["days"] < 1:
        raise CommandError("The seed is a whole number from 0, and --days one from 1.", returncode=2)
    if not options["events"].is_file():
        raise CommandError(f"There is no file {options['events']}.", returncode=2)
    try:
        with threadpool_limits(limits=1):
            report = _refitted(_read(options["events"]), options["days"], options["seed"])
    except (BadFile, fit.FitRefused) as fault:
        raise CommandError(str(fault), returncode=2) from fault
    if options["json"]:
        stdout.write(json.dumps(report.to_json() | {"days": options["days"]}))
        return
    stdout.write(f"Fitted {options['days']} days before the last event, and again with the last event.")
    for line in training.lines(report):
        stdout.write(line)
    for axis in report.axes:
        tried = "; ".join(f"{k} levels: silhouette {s:.3f}, bootstrap ARI {a:.3f}" for k, s, a in axis.tried)
        stdout.write(f"{axis.name.capitalize()}: {tried}. Kept {len(axis.levels)}.")
    kept = sum(one.is_kept for one in report.segments)
    stdout.write(f"{kept} of {len(report.segments) - 1} segments kept code and name.")


def _read(path: Path) -> LogBuilder:
    builder = LogBuilder()
    with Spool() as spool:
        steps = reading.read_in_steps(path, spool=spool, now=timezone.now(), most_unpacked=reading.LARGE)
        for events in terminal.watch(steps).batches():
            builder.add(events)
    return builder


def _refitted(builder: LogBuilder, days: int, seed: int) -> SegmentsReport:
    """The report of the second fit, whose former one is of so many days before."""
    log, last = builder.log(), builder.last_ms
    before = last - days * DAY_MS
    old, new = logs.seen(log, before), logs.seen(log, last)
    first = fit.build(logs.columns_at(log, before).take(old), as_of_ms=before, seed=seed)
    codes = dict(zip(old.tolist(), first.assigned.codes.tolist(), strict=True))
    former = fit.Former(first.model, [codes.get(one, "") for one in new.tolist()])
    steps = fit.fit(
        logs.columns_at(log, last).take(new),
        logs.past_of(log, last),
        as_of_ms=last,
        seed=seed,
        clock=time.perf_counter,
        former=former,
    )
    return terminal.watch(steps).report
