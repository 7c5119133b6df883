"""`train segments`: who the shoppers are, from the mall's own visits and orders or from an event file."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from engine.contracts import SEGMENTATIONS, Measure, Progress, SegmentsReport
from service_provider.management import terminal
from service_provider.management.trainings import promotion
from service_provider.management.trainings.promotion import Out
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import get_version
from service_provider.services import learning
from service_provider.services.learning import Training

HELP = "Fits segments of shoppers, compares them with other ways, and keeps them as a new version."


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `train segments`."""
    parser.add_argument(
        "--events", type=Path, metavar="FILE", help="an event file; the mall's own log unless told"
    )
    promotion.add_arguments(parser)


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Keeps a version and tells of it; with --promote all shoppers of the mall are assigned. Exit code 2: bad input."""
    promotion.check(options["events"], options["seed"])
    version_id = learning.record(_train(options), by=COMMAND, now=timezone.now())
    promotion.promote(version_id, options)
    version = get_version(version_id)
    stdout.write(f"Version {version.number} of {version.data_name}.")
    for line in lines(version.report):
        stdout.write(line)
    stdout.write(promotion.told(version))
    assigned = _assign() if options["promote"] else {}
    if assigned:
        stdout.write(
            f"{assigned['began'] + assigned['moved'] + assigned['stayed']:,} shoppers were assigned."
        )
    if options["json"]:
        facts = promotion.facts(version) | {"assigned": assigned}
        stdout.write(json.dumps(facts | version.report.to_json()))


def _train(options: Mapping[str, Any]) -> Training:
    # The learners take two seconds that --help need not wait for.
    from service_provider.jobs.learning import segments

    def steps() -> Generator[Progress, None, Training]:
        if options["events"] is None:
            yield Progress("Reading shoppers", 0, 0)
            material = segments.from_ledger(timezone.now())
        else:
            material = yield from segments.from_file(options["events"], now=timezone.now())
        training, _ = yield from segments.train(material, seed=options["seed"], clock=time.perf_counter)
        return training

    try:
        return terminal.watch(steps())
    except segments.UNFIT as fault:
        raise CommandError(str(fault), returncode=2) from fault


def _assign() -> dict[str, Any]:
    """At once, so that nobody needs a worker; the job that the promotion has started finds nothing left to do."""
    from service_provider.jobs.learning import segments

    now = timezone.now()
    write = segments.assigning(now, by=COMMAND)
    return write(now) if write else {}


def lines(report: SegmentsReport) -> Iterator[str]:
    """The report as a person reads it on a terminal."""
    yield f"{report.rows:,} shoppers, {report.newcomers:,} of them newcomers."
    yield ""
    yield f"{'segment':<28}{'shoppers':>9}{'share':>8}  {'bought in 30 days':<24}{'visits without a purchase':<26}"
    for one in report.segments:
        churn = _share(one.churn) if one.churn else "no visit"
        yield f"{one.name:<28}{one.shoppers:>9,}{one.share:>8.1%}  {_share(one.bought):<24}{churn:<26}"
    yield ""
    yield from table(report)
    yield ""
    yield report.verdict
    if report.moved_by_refit is not None:
        moved = (
            "nobody" if report.moved_share is None else f"{report.moved_share:.1%} of those who had a segment"
        )
        yield f"Of all shoppers the refit by itself moves {report.moved_by_refit:.1%}; with time passed, {moved} moved."
    yield from report.notes


def table(report: SegmentsReport) -> Iterator[str]:
    """The methods beside each other."""
    heads = ("segments", "silhouette", "stability", "log_loss", "buys_explained", "spend_explained")
    widths = (9, 11, 10, 26, 15, 15)
    titles = ("groups", "silhouette", "ARI", "log-loss [95 %]", "of buys", "of spend")
    yield f"{'method':<28}" + "".join(f"{t:>{w}}" for t, w in zip(titles, widths, strict=True))
    for model in report.methods.models:
        cells = (_cell(name, model.metrics.get(name)) for name in heads)
        yield f"{SEGMENTATIONS[model.name]:<28}" + "".join(
            f"{c:>{w}}" for c, w in zip(cells, widths, strict=True)
        )


def _cell(name: str, measure: Measure | None) -> str:
    if measure is None:
        return "-"
    if name == "segments":
        return f"{measure.value:.0f}"
    if name == "log_loss":
        return f"{measure.value:.4f} [{measure.low:.4f}, {measure.high:.4f}]"
    return f"{measure.value:.1%}" if name.endswith("explained") else f"{measure.value:.3f}"


def _share(measure: Measure) -> str:
    if measure.low is None:
        return f"{measure.value:.1%}"
    return f"{measure.value:.1%} [{measure.low:.1%}, {measure.high:.1%}]"
