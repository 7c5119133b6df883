"""Makes the states of visits again from the log, as of a moment."""

import json
from argparse import ArgumentParser
from datetime import UTC
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from service_provider.management import terminal
from service_provider.services import visit_states
from service_provider.services.visit_states import Rebuilt


class Command(BaseCommand):
    help = (
        "Folds the events that were received up to a moment into the states of their visits: the same log gives "
        "the same bytes. States that differ or are missing are written; one that has events of later on is left. "
        "Exit 0 done, 1 some state differs (--check), 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="TIME", help="time of receipt: ISO 8601 or milliseconds since 1970 (default: now)"
        )
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, at: str | None, check: bool, **options: Any) -> None:
        until_ms = _moment(at) if at else round(timezone.now().timestamp() * 1000)
        steps = visit_states.rebuild(until_ms=until_ms, is_check=check)
        rebuilt = terminal.watch(steps, unit_scale=True)
        self.stdout.write(_sentence(rebuilt, is_check=check))
        if options["json"]:
            self.stdout.write(json.dumps({"at": until_ms} | rebuilt.to_json()))
        if check and rebuilt.differ:
            raise CommandError(f"{rebuilt.differ:,} states differ from what the log says.", returncode=1)


def _moment(text: str) -> int:
    if text.isdecimal() and len(text) <= 15:
        return int(text)
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text} is no moment: 2026-05-20T12:00:00Z was expected.", returncode=2)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _sentence(rebuilt: Rebuilt, *, is_check: bool) -> str:
    done = "Nothing was written" if is_check else f"{rebuilt.written:,} states were written"
    return (
        f"{rebuilt.visits:,} visits of {rebuilt.events:,} events: {rebuilt.same:,} states are the same, "
        f"{rebuilt.differ:,} differ, {rebuilt.missing:,} had none, {rebuilt.newer:,} have newer events. {done}."
    )
