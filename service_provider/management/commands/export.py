"""Writes what the screens download into a file."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from service_provider.adapters.exports import parquet
from service_provider.adapters.file_store import whole_file
from service_provider.jobs import exports
from service_provider.queries import downloads
from service_provider.queries.access import COMMAND
from service_provider.services import downloads as taken

FORMATS = (*downloads.FILE_FORMATS, parquet.FORMAT)


class Command(BaseCommand):
    help = (
        "Writes what the screens show (predictions, shoppers, the catalogue and so on) into a file. "
        "Exit 0 done, 1 failed, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=sorted(downloads.KINDS))
        parser.add_argument("--format", choices=FORMATS, required=True, dest="file_format")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="FILE", help="is replaced where it exists"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, what: str, file_format: str, out: Path, **options: Any) -> None:
        if not out.parent.is_dir() or out.is_dir():
            raise CommandError(f"{out} cannot be written: its folder is missing, or it is one.", returncode=2)
        sheet = downloads.get_sheet(what, {}, now=timezone.now())
        with (
            whole_file(out) as handle,
            tqdm(total=sheet.total, file=sys.stderr, disable=None, leave=False) as bar,
        ):
            for step in exports.write_in_steps(sheet, file_format, handle):
                bar.update(step.done - bar.n)
        taken.record(COMMAND, what, file_format, rows=sheet.total, now=timezone.now(), detail={"filter": {}})
        self.stdout.write(f"{sheet.total:,} rows of {what} are in {out}.")
        if options["json"]:
            facts = {"what": what, "format": file_format, "rows": sheet.total, "file": str(out)}
            self.stdout.write(json.dumps(facts))
