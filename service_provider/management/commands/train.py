"""Trains on a terminal what the pages train in the background."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from service_provider.management.trainings import churn, revenue, segments

TRAININGS = {"revenue": revenue, "segments": segments, "churn": churn}
"""Each a module with HELP, add_arguments(parser) and run(options, *, stdout)."""


class Command(BaseCommand):
    help = "Trains a model and keeps it as a new version; --promote puts it to use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True, metavar="KIND")
        for name, training in TRAININGS.items():
            training.add_arguments(kinds.add_parser(name, help=training.HELP, description=training.HELP))

    def handle(self, *, what: str, **options: Any) -> None:
        TRAININGS[what].run(options, stdout=self.stdout)
