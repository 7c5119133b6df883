"""Imports an event file on a terminal, as the page of imports does."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from service_provider.adapters.event_files.reading import LARGE
from service_provider.adapters.faults import BadFile
from service_provider.jobs import event_import
from service_provider.jobs.event_import import Imported, Source
from service_provider.management import terminal
from service_provider.queries.access import COMMAND
from service_provider.services import event_imports
from service_provider.services.event_imports import Overtaken


class Command(BaseCommand):
    help = (
        "Reads events from a CSV (plain, .gz or .xz) or Parquet file into the database. Nothing is written "
        "unless all of it is sound; an event that is known already is left as it is, so that a stopped import is "
        "completed by running it again. Exit 0 done, 1 failed, 2 bad input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, CSV.gz, CSV.xz or Parquet")
        terminal.add_skip_bad(parser)
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, file: Path, skip_bad: Path | None, **options: Any) -> None:
        terminal.check_files(file, skip_bad)
        imported = self._import(Source(file, file.name, skip_bad, LARGE))
        event_imports.close(imported.recorded, file.name, by=COMMAND, now=timezone.now())
        for line in _sentences(imported, skip_bad):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(imported.to_json()))

    def _import(self, source: Source) -> Imported:
        try:
            return terminal.watch(event_import.import_in_steps(source, now=timezone.now), unit_scale=True)
        except BadFile as bad:
            raise CommandError(terminal.refusal(bad, source.skip_bad_to), returncode=2) from bad
        except Overtaken as overtaken:
            raise CommandError(str(overtaken), returncode=1) from overtaken
        except OSError as failure:
            raise CommandError(
                f"The import stopped: {failure}. What was written stays; run it again to complete it.",
                returncode=1,
            ) from failure


def _sentences(imported: Imported, skip_bad: Path | None) -> list[str]:
    done = imported.recorded
    lines = [
        f"{done.added:,} new events, {done.known:,} known already.",
        f"They made {done.shoppers:,} new shoppers, {done.visits:,} new visits and {done.orders:,} new orders.",
    ]
    if done.unpriced:
        lines.append(f"{done.unpriced:,} purchases have no price: no order could be made of them.")
    if done.removed:
        lines.append(f"{done.removed:,} events were left out: their visits were added up and removed before.")
    if done.old:
        lines.append(
            f"{done.old:,} of the new events are older than the mall keeps events (see its settings): the next "
            "daily removal adds them up and removes them."
        )
    if imported.unknown_kinds:
        kinds = ", ".join(f"{kind or '(empty)'} {count:,}" for kind, count in imported.unknown_kinds.items())
        lines.append(
            f"{sum(imported.unknown_kinds.values()):,} rows of unknown kinds were left out: {kinds}."
        )
    if imported.unknown_columns:
        lines.append(terminal.columns_left_out(imported.unknown_columns))
    if imported.skipped:
        lines.append(terminal.left_out(imported.skipped, skip_bad))
    return lines
