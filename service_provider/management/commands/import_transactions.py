"""Imports a transaction file on a terminal, as the page of imports does."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from service_provider.adapters.files import TransactionFile
from service_provider.jobs import imports
from service_provider.management import terminal
from service_provider.queries.access import COMMAND
from service_provider.services import transactions


class Command(BaseCommand):
    help = (
        "Reads transactions from a CSV (plain, .gz or .xz) or XLSX file into the database. Nothing is written "
        "unless all of it is sound; a Tid that is known already is left as it is. Exit 0 done, 1 failed, 2 bad input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV (plain, .gz or .xz) or XLSX")
        terminal.add_skip_bad(parser)
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, file: Path, skip_bad: Path | None, **options: Any) -> None:
        read = self._read(file, skip_bad)
        recorded = transactions.record(read.rows, by=COMMAND, now=timezone.now())
        self.stdout.write(
            f"{recorded.added:,} new transactions, {recorded.known:,} known already, "
            f"{recorded.outcomes:,} predictions learned what came true."
        )
        if recorded.conflicts:
            self.stdout.write(f"{recorded.conflicts:,} known ones came with another label; the first stays.")
        if read.unknown_columns:
            self.stdout.write(terminal.columns_left_out(read.unknown_columns))
        if read.skipped:
            self.stdout.write(terminal.left_out(read.skipped, skip_bad))
        if options["json"]:
            facts = {
                "rows": len(read.rows),
                "labelled": read.labelled,
                "skipped": read.skipped,
                "unknown_columns": read.unknown_columns,
            }
            self.stdout.write(json.dumps(facts | asdict(recorded)))

    def _read(self, file: Path, skip_bad: Path | None) -> TransactionFile:
        terminal.check_files(file, skip_bad)
        with terminal.reading(skip_bad):
            return terminal.watch(imports.read_file(file, skip_bad_to=skip_bad), unit="B", unit_scale=True)
