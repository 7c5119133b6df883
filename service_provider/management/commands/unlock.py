"""manage.py unlock: lets somebody in again who was locked out after failed log ins."""

import json
from ipaddress import ip_address
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from service_provider.queries.access import COMMAND
from service_provider.services.people import lockouts


class Command(BaseCommand):
    help = "Lifts the lock-outs of an account: from everywhere, or from one address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", metavar="USERNAME_OR_EMAIL")
        parser.add_argument("--address", help="only the lock-out from this network address")
        parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            address = str(ip_address(options["address"])) if options["address"] else None
            lifted = lockouts.lift(options["login"], address=address, by=COMMAND, now=timezone.now())
        except (ValueError, lockouts.NobodyThere) as fault:
            raise CommandError(str(fault), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps({"lockouts": lifted.lockouts, "failures": lifted.failures}))
        else:
            self.stdout.write(
                f"{lifted.lockouts} lock-out{'' if lifted.lockouts == 1 else 's'} lifted,"
                f" {lifted.failures} failed log in{'' if lifted.failures == 1 else 's'} forgotten."
            )
