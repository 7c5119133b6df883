"""Lets the simulated mall run and writes what happened, or measures whether it behaves as it should."""

import json
import math
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.simulate import calibration
from engine.simulate.history import WorldSettings
from service_provider.adapters.mall_files import staging, writer
from service_provider.adapters.mall_files.source import settings_facts, source_of
from service_provider.management.terminal import watch

SHOPPERS, DAYS = (1, 2_000_000), (1, 730)
SEED_BELOW = 2**63
YEARS = (1970, 2090)
MARGIN = (0.0, 3.0)


class Command(BaseCommand):
    help = (
        "Writes a run of the simulated mall into a folder: transactions, events, catalogue, experiment, decisions "
        "and, apart, the truth about its shoppers. With --report it measures the mall itself. "
        "Exit 0 done, 1 failed, 2 wrong usage."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shoppers", type=int, default=20_000, metavar="N")
        parser.add_argument("--days", type=int, default=60, metavar="D")
        parser.add_argument(
            "--seed", type=int, default=1, metavar="S", help="the same seed gives the same bytes"
        )
        parser.add_argument("--start", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD")
        parser.add_argument("--margin", type=float, default=1.0, metavar="X", help="multiplies every margin")
        parser.add_argument(
            "--crosstalk",
            action="store_true",
            help="shoppers tell each other of coupons, which breaks experiments by shopper",
        )
        parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that is missing or empty")
        parser.add_argument("--force", action="store_true", help="replace an earlier run in DIR")
        parser.add_argument(
            "--report", action="store_true", help="print the calibration with standard errors"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, out: Path | None, force: bool, report: bool, **options: Any) -> None:
        settings = _settings(options)
        if out is None and not report:
            raise CommandError("Say where to write with --out DIR, or ask for the --report.", returncode=2)
        facts: dict[str, Any] = {"settings": settings_facts(settings)}
        try:
            with _polite_end():
                if out is not None:
                    staging.check(out.resolve(), force=force)
                if report:
                    facts["calibration"] = self._report(settings)
                if out is not None:
                    facts |= self._write(settings, out, force=force)
        except staging.Refused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        except KeyboardInterrupt as stop:
            raise CommandError("Stopped. Nothing was written.", returncode=1) from stop
        if options["json"]:
            self.stdout.write(json.dumps(facts))

    def _report(self, settings: WorldSettings) -> dict[str, Any]:
        found = watch(calibration.report(settings))
        for line in found.lines():
            self.stdout.write(line)
        return dict(found.to_json())

    def _write(self, settings: WorldSettings, out: Path, *, force: bool) -> dict[str, Any]:
        try:
            with staging.staged(out, force=force) as folder:
                manifest = watch(writer.write_mall(source_of(settings), folder), unit="day")
        except OSError as fault:
            raise CommandError(
                f"{out} cannot be written: {fault.strerror}. Nothing is left of the attempt.", returncode=1
            ) from fault
        for name, file in manifest.files.items():
            self.stdout.write(f"{out / name}: {file.rows:,} rows.")
        return {"folder": str(out), "files": manifest.to_json()["files"]}


def _settings(options: dict[str, Any]) -> WorldSettings:
    """CommandError where a number is out of its bounds."""
    _within("--shoppers", options["shoppers"], SHOPPERS)
    _within("--days", options["days"], DAYS)
    if not 0 <= options["seed"] < SEED_BELOW:
        raise CommandError("--seed is a whole number from 0 to 2**63 - 1.", returncode=2)
    if not math.isfinite(options["margin"]) or not MARGIN[0] < options["margin"] <= MARGIN[1]:
        raise CommandError(f"--margin is a number above {MARGIN[0]:g}, at most {MARGIN[1]:g}.", returncode=2)
    given = {} if options["start"] is None else {"start": options["start"]}
    if given and not YEARS[0] <= given["start"].year <= YEARS[1]:
        raise CommandError(f"--start is a day of the years {YEARS[0]} to {YEARS[1]}.", returncode=2)
    return WorldSettings(
        shoppers=options["shoppers"],
        days=options["days"],
        seed=options["seed"],
        margin_scale=options["margin"],
        crosstalk=options["crosstalk"],
        **given,
    )


def _within(name: str, value: int, bounds: tuple[int, int]) -> None:
    if not bounds[0] <= value <= bounds[1]:
        raise CommandError(f"{name} is a whole number from {bounds[0]:,} to {bounds[1]:,}.", returncode=2)


@contextmanager
def _polite_end() -> Iterator[None]:
    """Being told to end (SIGTERM) is Ctrl-C: what was begun is cleared away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
