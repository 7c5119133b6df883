"""`train revenue`: High or Low, from a file of transactions."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from service_provider.management import terminal
from service_provider.management.trainings import promotion
from service_provider.management.trainings.promotion import Out
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import LABEL_RULES, ModelVersionRow, get_version
from service_provider.services import learning
from service_provider.services.learning import Training

HELP = "Trains the revenue type on a CSV or XLSX file and keeps the model as a new version."


def add_arguments(parser: ArgumentParser) -> None:
    """The options of `train revenue`."""
    parser.add_argument("--csv", type=Path, required=True, metavar="FILE", help="transactions, CSV or XLSX")
    parser.add_argument("--label-rule", choices=LABEL_RULES, help="makes the labels where the file has none")
    promotion.add_arguments(parser)


def run(options: Mapping[str, Any], *, stdout: Out) -> None:
    """Keeps a version and tells of it. Bad input is a CommandError with exit code 2."""
    training = _train(options["csv"], options["seed"], options["label_rule"])
    version_id = learning.record(training, by=COMMAND, now=timezone.now())
    promotion.promote(version_id, options)
    _tell(get_version(version_id), stdout, as_json=options["json"])


def _train(csv: Path, seed: int, label_rule: str | None) -> Training:
    from service_provider.jobs import revenue  # the learners take two seconds that --help need not wait for

    promotion.check(csv, seed)
    source = revenue.Source(csv, csv.name)
    steps = revenue.train(source, revenue.Wish(seed, label_rule), checkpoint=None, clock=time.perf_counter)
    try:
        return terminal.watch(steps)
    except revenue.UNFIT as fault:
        raise CommandError(str(fault), returncode=2) from fault


def _tell(version: ModelVersionRow, stdout: Out, *, as_json: bool) -> None:
    report = version.report
    vote = report.model("vote").metrics["accuracy"]
    stdout.write(
        f"Version {version.number} of {report.rows:,} rows: the vote is right in {vote.value:.1%} "
        f"of the test rows; always answering the majority is right in {report.majority_rate:.1%}."
    )
    stdout.write(report.verdict)
    stdout.write(promotion.told(version))
    if as_json:
        stdout.write(json.dumps(promotion.facts(version) | report.to_json()))
