"""Compares policies in the simulated mall on a terminal, as the pages do in the background."""

import os

# Two threads that spin cost more than they bring; read when numpy is first imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.contracts import DEPTHS, POLICIES, RehearsalReport, RehearsalSettings
from service_provider.adapters.file_store import whole_file
from service_provider.management import terminal
from service_provider.management.rehearsals import picture, table
from service_provider.queries.rehearsals import MOST_SEED, policies_for

DEFAULTS = RehearsalSettings()
WHOLE = {
    "seeds": (1, 200),
    "shoppers": (1, 50_000),
    "days": (1, 180),
    "first_seed": (0, MOST_SEED),
    "training_points": (2_000, 1_000_000),
}
SHARES = {"budget": 1.0, "margin": 5.0}  # each above zero and at most so much


class Command(BaseCommand):
    help = (
        "Compares policies in the simulated mall: value, spend, redemptions, share of what is reachable, with "
        "intervals over the seeds. Exit 0 done, 1 failed, 2 wrong usage."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        say = parser.add_argument
        say("--seeds", type=int, default=DEFAULTS.seeds, metavar="N", help="malls; 20 unless told")
        say("--shoppers", type=int, default=DEFAULTS.shoppers, metavar="N", help="in each; 2,000 unless told")
        say("--days", type=int, default=DEFAULTS.days, metavar="D", help="30 unless told")
        say("--first-seed", type=int, default=DEFAULTS.first_seed, metavar="S")
        say("--depth", type=float, default=DEFAULTS.depth, help=f"of the coupon: {_listed(DEPTHS)}")
        say("--budget", type=float, default=DEFAULTS.budget_rate, help="of what coupons for all would cost")
        say(
            "--margin", type=float, default=DEFAULTS.margin_scale, metavar="X", help="multiplies every margin"
        )
        say("--policies", default=",".join(POLICIES), metavar="A,B,C", help="all of them unless told")
        say(
            "--training-points",
            type=int,
            default=DEFAULTS.training_points,
            metavar="N",
            help="decision points that the yardsticks learn from; fewer are quicker and reach less",
        )
        say("--picture", type=Path, metavar="FILE.svg", help="draws gain and value against budget")
        say("--json", action="store_true", help="end with one JSON object")

    def handle(self, **options: Any) -> None:
        settings = _settings(options)
        file: Path | None = options["picture"]
        _check_picture(file)
        report = self._rehearse(settings)
        for line in table.lines(report):
            self.stdout.write(line)
        fault = self._draw(report, file)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json()))
        if fault:
            raise CommandError(fault, returncode=1)

    def _rehearse(self, settings: RehearsalSettings) -> RehearsalReport:
        try:
            # The learners take two seconds that --help need not wait for.
            from engine.simulate.rehearsal import RehearsalRefused
            from service_provider.jobs import side_by_side

            try:
                return terminal.watch(side_by_side.rehearse(settings))
            except RehearsalRefused as refusal:
                raise CommandError(str(refusal), returncode=2) from refusal
            except side_by_side.CrewLost as lost:
                raise CommandError(str(lost), returncode=1) from lost
        except KeyboardInterrupt as stop:
            raise CommandError("Stopped. Nothing was written.", returncode=1) from stop

    def _draw(self, report: RehearsalReport, file: Path | None) -> str:
        """Writes the picture; why it could not be written, or nothing."""
        if file is None:
            self.stdout.write("Add --picture FILE.svg to have it drawn.")
            return ""
        try:
            with whole_file(file) as out:
                out.write(picture.draw(report).encode())
        except OSError as fault:
            return f"{file} cannot be written: {fault.strerror}."
        self.stdout.write(f"The picture is in {file}.")
        return ""


def _settings(options: dict[str, Any]) -> RehearsalSettings:
    """CommandError, exit code 2, where one of them is none."""
    for name, (low, high) in WHOLE.items():
        if not low <= options[name] <= high:
            raise _wrong(f"--{name.replace('_', '-')} is a whole number from {low:,} to {high:,}.")
    if options["depth"] not in DEPTHS:
        raise _wrong(f"--depth is one of {_listed(DEPTHS)}.")
    for name, most in SHARES.items():
        if not 0 < options[name] <= most:
            raise _wrong(f"--{name} is a number above 0 and at most {most:g}.")
    return RehearsalSettings(
        seeds=options["seeds"],
        shoppers=options["shoppers"],
        days=options["days"],
        first_seed=options["first_seed"],
        depth=options["depth"],
        budget_rate=options["budget"],
        margin_scale=options["margin"],
        policies=_policies(options["policies"]),
        training_points=options["training_points"],
    )


def _policies(text: str) -> tuple[str, ...]:
    names = tuple(name for name in (part.strip() for part in text.split(",")) if name)
    unknown = [name for name in names if name not in POLICIES]
    if unknown or not names:
        told = f"There is no policy {unknown[0]!r}." if unknown else "--policies names no policy."
        raise _wrong(f"{told} Choose from {', '.join(POLICIES)}.")
    return policies_for(names)


def _check_picture(file: Path | None) -> None:
    """Before the work, so that nobody waits for a picture that cannot be written."""
    if file is None:
        return
    if file.suffix.lower() != ".svg":
        raise _wrong(f"--picture draws an SVG: call the file {file.stem or 'picture'}.svg.")
    if not file.parent.is_dir() or file.is_dir():
        raise _wrong(f"{file} cannot be written: its folder is missing, or it is one.")
    if not os.access(file.parent, os.W_OK):
        raise _wrong(f"{file} cannot be written: its folder allows no new files.")


def _wrong(text: str) -> CommandError:
    return CommandError(text, returncode=2)


def _listed(depths: tuple[float, ...]) -> str:
    return ", ".join(f"{depth:.2f}" for depth in depths)
