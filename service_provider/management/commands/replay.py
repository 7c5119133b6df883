"""Computes a past decision again and says whether it comes out the same."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from service_provider.queries import replays
from service_provider.queries.replays import CannotReplay


class Command(BaseCommand):
    help = "Computes a past decision again from what was stored of it, and says identical or what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("decision_id", type=int, metavar="DECISION_ID")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, decision_id: int, **options: Any) -> None:
        try:
            found = replays.replay(decision_id)
        except CannotReplay as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if found.is_identical:
            self.stdout.write(f"Decision {decision_id}: identical in {len(found.compared)} parts.")
        for one in found.differences:
            self.stdout.write(
                f"Decision {decision_id}: {one.what} was {one.kept!r} and is {one.again!r} now."
            )
        if found.refused_after:
            self.stdout.write(f"Its coupon was refused when it was to be issued: {found.refused_after}.")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found) | {"identical": found.is_identical}))
        if not found.is_identical:
            raise CommandError("The decision does not come out as it was kept.", returncode=1)
