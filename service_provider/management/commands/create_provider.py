"""manage.py create_provider: the first provider of a site, or one more when all have lost their way in."""

import json
import os
import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from service_provider.queries.access import COMMAND
from service_provider.services.people import staff


class Command(BaseCommand):
    help = (
        "Makes a provider. Asks on the terminal for what is not given; without a terminal the password"
        " comes from MALL_PROVIDER_PASSWORD or, with --password-stdin, from the first line of standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username")
        parser.add_argument("--email")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"] or _ask("User name", "--username")
        email = options["email"] or _ask("E-mail", "--email")
        password = _password(from_stdin=options["password_stdin"])
        try:
            user_id = staff.create_provider(username, email, password, by=COMMAND, now=timezone.now())
        except staff.StaffRefused as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        if options["json"]:
            self.stdout.write(
                json.dumps({"id": user_id, "username": username, "email": email.lower(), "role": "provider"})
            )
        else:
            self.stdout.write(f"The provider {username} can log in at /provider/login/.")


def _ask(label: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError(f"There is no terminal to ask on: give {option}.", returncode=2)
    return input(f"{label}: ")


def _password(*, from_stdin: bool) -> str:
    """From where it was said to come from; on the terminal it is typed twice and never shown."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if "MALL_PROVIDER_PASSWORD" in os.environ:
        return os.environ["MALL_PROVIDER_PASSWORD"]
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask on: give --password-stdin or MALL_PROVIDER_PASSWORD.", returncode=2
        )
    password = getpass("Password: ")
    if password != getpass("Password, once more: "):
        raise CommandError("The two passwords differ. Nothing was made.", returncode=2)
    return password
