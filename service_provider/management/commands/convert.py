"""Turns public data sets into the layouts that the imports read."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError

from engine.contracts import Progress
from service_provider.adapters.faults import BadFile
from service_provider.adapters.public_layouts import completejourney, rees46
from service_provider.adapters.public_layouts.target import Refused
from service_provider.management import terminal


class Command(BaseCommand):
    help = (
        "Turns a public data set into the event layout. Written whole or not at all. "
        "Exit 0 done, 1 failed, 2 bad input or wrong usage."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        layouts = parser.add_subparsers(dest="layout", required=True, metavar="LAYOUT")
        _add_rees46(layouts.add_parser("rees46", help="events of the REES46 shops: one CSV to one CSV"))
        _add_completejourney(
            layouts.add_parser(
                "completejourney", help="The Complete Journey: its folder to a folder of events and campaigns"
            )
        )

    def handle(self, *, layout: str, path: Path, out: Path, **options: Any) -> None:
        steps = LAYOUTS[layout](path, out, options)
        try:
            done = terminal.watch(steps, unit="B", unit_scale=True)
        except (BadFile, Refused) as refused:
            raise CommandError(f"Nothing was written.\n{refused}", returncode=2) from refused
        except OSError as fault:
            raise CommandError(
                f"Nothing was written: {out} cannot be written to its end ({fault.strerror or fault}).",
                returncode=1,
            ) from fault
        facts = {"layout": layout, "out": str(out)} | done.to_json()
        self.stdout.write(_told(facts))
        if options["json"]:
            self.stdout.write(json.dumps(facts))


def _add_rees46(parser: ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE", help="CSV, plain or packed as .gz or .xz")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="events; packed where it ends in .gz"
    )
    parser.add_argument(
        "--category",
        choices=rees46.CATEGORIES,
        default="code",
        help="category_code as it is, its top level, or category_id, which every row has (default: code)",
    )
    parser.add_argument("--json", action="store_true", help="end with one JSON object of counts")


def _add_completejourney(parser: ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, metavar="FOLDER", help="with transactions, products, campaigns, coupons and so on"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="is made; new or empty")
    parser.add_argument(
        "--zone",
        default="UTC",
        help="the zone of its times, which the data do not tell, such as America/New_York (default: UTC)",
    )
    parser.add_argument(
        "--category",
        choices=completejourney.CATEGORIES,
        default="product_category",
        help="default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="end with one JSON object of counts")


def _rees46(path: Path, out: Path, options: dict[str, Any]) -> Generator[Progress, None, rees46.Converted]:
    if not path.is_file():
        raise CommandError(f"There is no file {path}.", returncode=2)
    if out.exists() and out.samefile(path):
        raise CommandError("--out is the file itself. Name another one.", returncode=2)
    return rees46.convert(path, out, category=options["category"])


def _completejourney(
    path: Path, out: Path, options: dict[str, Any]
) -> Generator[Progress, None, completejourney.Converted]:
    if not path.is_dir():
        raise CommandError(f"There is no folder {path}.", returncode=2)
    if options["zone"] not in available_timezones():
        raise CommandError(
            f"There is no time zone {options['zone']}. Name one such as America/New_York.", returncode=2
        )
    return completejourney.convert(path, out, zone=options["zone"], category=options["category"])


Steps = Generator[Progress, None, rees46.Converted | completejourney.Converted]
LAYOUTS: dict[str, Callable[[Path, Path, dict[str, Any]], Steps]] = {
    "rees46": _rees46,
    "completejourney": _completejourney,
}


def _told(facts: dict[str, Any]) -> str:
    """The counts that are not zero, in words."""
    counts = {
        name.replace("_", " "): value for name, value in facts.items() if isinstance(value, int) and value
    }
    return f"{facts['out']}: " + ", ".join(f"{value:,} {name}" for name, value in counts.items()) + "."
