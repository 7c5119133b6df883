"""Trains on a terminal what the pages train in the background."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from service_provider.management import terminal
from service_provider.queries.access import COMMAND
from service_provider.queries.learning import LABEL_RULES, ModelVersionRow, get_version
from service_provider.services import learning
from service_provider.services.learning import CannotPromote, Training


class Command(BaseCommand):
    help = "Trains the revenue type on a CSV or XLSX file and keeps the model as a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["revenue"])
        parser.add_argument(
            "--csv", type=Path, required=True, metavar="FILE", help="transactions, CSV or XLSX"
        )
        parser.add_argument("--seed", type=int, default=0, help="the same seed and file give the same model")
        parser.add_argument(
            "--label-rule", choices=LABEL_RULES, help="makes the labels where the file has none"
        )
        parser.add_argument("--promote", action="store_true", help="let the new version answer at once")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, csv: Path, seed: int, label_rule: str | None, **options: Any) -> None:
        version_id = learning.record(self._train(csv, seed, label_rule), by=COMMAND, now=timezone.now())
        if options["promote"]:
            try:
                learning.promote(version_id, by=COMMAND, now=timezone.now())
            except CannotPromote as refusal:
                raise CommandError(str(refusal), returncode=1) from refusal
        self._tell(get_version(version_id), as_json=options["json"])

    def _train(self, csv: Path, seed: int, label_rule: str | None) -> Training:
        from service_provider.jobs import (
            revenue,  # the learners take two seconds that --help need not wait for
        )

        if not csv.is_file():
            raise CommandError(f"There is no file {csv}.", returncode=2)
        if seed < 0:
            raise CommandError("The seed is a whole number from 0.", returncode=2)
        source = revenue.Source(csv, csv.name)
        steps = revenue.train(
            source, revenue.Wish(seed, label_rule), checkpoint=None, clock=time.perf_counter
        )
        try:
            return terminal.watch(steps)
        except revenue.UNFIT as fault:
            raise CommandError(str(fault), returncode=2) from fault

    def _tell(self, version: ModelVersionRow, *, as_json: bool) -> None:
        report = version.report
        vote = report.model("vote").metrics["accuracy"]
        self.stdout.write(
            f"Version {version.number} of {report.rows:,} rows: the vote is right in {vote.value:.1%} "
            f"of the test rows; always answering the majority is right in {report.majority_rate:.1%}."
        )
        self.stdout.write(report.verdict)
        self.stdout.write(
            "It is in use." if version.is_live else "It is not in use; promote it when you trust it."
        )
        if as_json:
            facts = {"version": version.number, "live": version.is_live, "sha256": version.sha256}
            self.stdout.write(
                json.dumps(facts | {"data_fingerprint": version.data_fingerprint} | report.to_json())
            )
