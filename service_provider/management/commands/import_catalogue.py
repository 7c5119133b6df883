"""Imports a catalogue file on a terminal, as the page of imports does."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from service_provider.adapters.catalogue_files.reading import CatalogueFile
from service_provider.jobs import catalogue_import
from service_provider.management import terminal
from service_provider.queries.access import COMMAND
from service_provider.services import catalogue_imports


class Command(BaseCommand):
    help = (
        "Reads products from a CSV file (plain, .gz or .xz) into the catalogue. Nothing is written unless all of it "
        "is sound; products that the file does not name stay as they are. Exit 0 done, 1 failed, 2 bad input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, CSV.gz or CSV.xz")
        terminal.add_skip_bad(parser)
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, file: Path, skip_bad: Path | None, **options: Any) -> None:
        read = self._read(file, skip_bad)
        recorded = catalogue_imports.record(read.rows, file.name, by=COMMAND, now=timezone.now())
        self.stdout.write(
            f"{recorded.added:,} new products, {recorded.changed:,} changed, {recorded.known:,} as they were."
        )
        if read.unknown_columns:
            self.stdout.write(terminal.columns_left_out(read.unknown_columns))
        if read.skipped:
            self.stdout.write(terminal.left_out(read.skipped, skip_bad))
        if options["json"]:
            self.stdout.write(json.dumps(catalogue_import.to_json(read, recorded)))

    def _read(self, file: Path, skip_bad: Path | None) -> CatalogueFile:
        terminal.check_files(file, skip_bad)
        with terminal.reading(skip_bad):
            return terminal.watch(catalogue_import.read_file(file, skip_bad_to=skip_bad), unit_scale=True)
