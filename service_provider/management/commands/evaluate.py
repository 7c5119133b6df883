"""Measures a model on a file, without touching the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from service_provider.management.evaluations import churn, repurchase, revenue, segments, visits

EVALUATIONS = {
    "revenue": revenue,
    "segments": segments,
    "churn": churn,
    "visits": visits,
    "repurchase": repurchase,
}
"""Each a module with HELP, add_arguments(parser) and run(options, *, stdout)."""


class Command(BaseCommand):
    help = "Measures what a model is worth on a file, without touching the database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        for name, evaluation in EVALUATIONS.items():
            evaluation.add_arguments(
                kinds.add_parser(name, help=evaluation.HELP, description=evaluation.HELP)
            )

    def handle(self, *, kind: str, **options: Any) -> None:
        EVALUATIONS[kind].run(options, stdout=self.stdout)
