"""Attacks coupons from many connections at once and says whether every limit held."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from service_provider.jobs.attack import hands
from service_provider.jobs.attack.hands import HandsLost
from service_provider.jobs.attack.rounds import Round, Size
from service_provider.jobs.attack.run import Report, attack
from service_provider.management import terminal
from service_provider.queries import mall
from service_provider.services.attack_ground import CouponsStopped

USUAL = Size()
RANGES = {"coupons": (10, 20_000), "at_once": (2, 100), "connections": (2, 100)}


class Command(BaseCommand):
    help = (
        "Attacks rehearsal campaigns with parallel issues, redemptions and reversals, and checks every limit and the "
        "ledger. The campaigns and their shoppers are made for it and removed afterwards, unless something broke. "
        "Exit 0 all held, 1 something is broken, 2 wrong usage."
    )

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        say = parser.add_argument
        say("--coupons", type=int, default=USUAL.coupons, metavar="N", help="that the budget covers; 1,000")
        say("--at-once", type=int, default=USUAL.at_once, metavar="N", help="attempts to redeem one code; 50")
        say(
            "--connections",
            type=int,
            metavar="N",
            help="20 threads on MariaDB, 8 processes on SQLite unless told",
        )
        say("--keep", action="store_true", help="leave the campaigns and shoppers, to look into them")
        say("--json", action="store_true", help="end with one JSON object")

    def handle(self, **options: Any) -> None:
        size = _size(options)
        try:
            report = terminal.watch(attack(size, keep=options["keep"], now=timezone.now()))
        except CouponsStopped as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        except HandsLost as lost:
            raise CommandError(str(lost), returncode=1) from lost
        self._tell(report)
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json()))
        if not report.is_whole:
            raise CommandError(
                "Something is broken; the campaigns were left to be looked into.", returncode=1
            )

    def _tell(self, report: Report) -> None:
        money = mall.get_settings().money
        self.stdout.write(f"{report.connections} connections at once.")
        for one in report.rounds:
            self.stdout.write(_line(one))
            self.stdout.write(
                f"    spent {money(one.spent_minor)}, reserved {money(one.reserved_minor)} of "
                f"{money(one.budget_minor)}; {one.over_redemptions} redeemed twice; the ledger "
                f"{'balances' if one.ledger_balanced else 'does NOT balance'}"
            )
            for what in one.broken:
                self.stdout.write(f"    BROKEN: {what}")
        self.stdout.write(report.verdict)


def _line(one: Round) -> str:
    why = ", ".join(f"{times:,} {reason}" for reason, times in one.refusals.items())
    return (
        f"{one.name}: {one.attempts:,} attempts, {one.succeeded:,} of {one.limit:,} succeeded, {one.refused:,} refused"
        f"{f' ({why})' if why else ''}, {one.seconds:.1f} s, the slowest {one.slowest_s * 1000:,.0f} ms, "
        f"{one.retries:,} begun again"
    )


def _size(options: dict[str, Any]) -> Size:
    """CommandError, exit code 2, where a number is out of range."""
    given = dict(options)
    given["connections"] = hands.usual_number() if given["connections"] is None else given["connections"]
    for name, (low, high) in RANGES.items():
        if not low <= given[name] <= high:
            said = name.replace("_", "-")
            raise CommandError(f"--{said} is a whole number from {low} to {high:,}.", returncode=2)
    return Size(given["coupons"], given["at_once"], given["connections"])
