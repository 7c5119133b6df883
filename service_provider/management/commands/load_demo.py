"""Fills an empty database with the demo mall; safe to run twice."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from service_provider.management.demo import campaigns, cast, history, opinions, world
from service_provider.queries import demo, mall
from service_provider.queries.access import COMMAND
from service_provider.queries.mall import MallSettings
from service_provider.queries.people import census
from service_provider.services import audit, serving
from service_provider.services import mall as mall_service
from service_provider.services.people import demo_logins

T = TypeVar("T")
SEED = 7
NAME, CURRENCY, ZONE = "Demo Mall", "TRY", "Europe/Istanbul"


def bar(stage: str) -> Callable[[Iterable[T]], Iterable[T]]:
    return partial(tqdm, desc=stage, file=sys.stderr, disable=None, leave=False)


class Command(BaseCommand):
    help = "Fills an empty database with the demo mall and prints its log ins once; safe to run twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-passwords", action="store_true", help="give the demo's log ins new passwords"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, new_passwords: bool, **options: Any) -> None:
        if new_passwords:
            self._tell(self._new_passwords(), as_json=options["json"])
        elif demo.is_loaded() and (got := self._catch_up()):
            self._end({"loaded": False, "log_ins": {}, got: True}, as_json=options["json"])
        elif demo.is_loaded():
            self.stdout.write("The demo mall is loaded already; nothing to do.")
            self.stdout.write("Its log ins were printed when it was loaded. New ones: make demo-passwords")
            self._end({"loaded": False, "log_ins": {}}, as_json=options["json"])
        elif not census.is_uninhabited():
            self.stdout.write(
                "Somebody lives in this database already; the demo mall is for an empty one. Nothing done."
            )
            self._end({"loaded": False, "log_ins": {}}, as_json=options["json"])
        else:
            self._tell(self._load(), as_json=options["json"])

    def _load(self) -> dict[str, str]:
        from service_provider.management.demo import (
            training,  # the learners: not needed to say "nothing to do"
        )

        self.stderr.write("Training on the demo data.")
        try:
            training.ensure_model(now=timezone.now)
        except training.TrainingFailed as fault:
            raise CommandError(str(fault), returncode=1) from fault
        self.stderr.write("Shoppers come, ask and buy.")
        now = timezone.now()
        past = world.live(now=now, show=bar("Days"))
        with transaction.atomic():  # all of it or nothing, so that a stopped run is simply run again
            passwords = self._live(now=now)
            world.remember(past, now=now, show=bar("History"))
            opinions.speak(now=now)
        self._settle()
        self._learn()
        self._offer()
        return passwords

    def _catch_up(self) -> str:
        """Gives a demo mall of an earlier release the next thing that it has not; its name, empty where it has all."""
        if not demo.has_history():
            self._complete()
            return "history"
        if not demo.has_feedback():
            self._speak()
            return "feedback"
        if not demo.has_segments():
            self._settle()
            return "segments"
        if self._learn():
            return "churn"
        return "campaign" if self._offer() else ""

    def _offer(self) -> bool:
        """Whether the demo's campaign was still to begin."""
        begun = campaigns.begin(now=timezone.now())
        if begun:
            self.stderr.write("A campaign runs: who hesitates may get a coupon.")
        return begun

    def _complete(self) -> None:
        """A demo mall of the first release gets what that had not: its catalogue and its last three months."""
        now = timezone.now()
        past = world.live(now=now, show=bar("Days"))
        with transaction.atomic():
            done = world.remember(past, now=now, show=bar("History"))
        self.stdout.write(
            f"The demo mall has its catalogue now, and a history of {done.visits:,} visits, {done.added:,} events "
            f"and {done.orders:,} orders. Everything else stays as it was."
        )

        if not demo.has_feedback():
            self._speak()
        if not demo.has_segments():
            self._settle()
        self._learn()
        self._offer()

    def _learn(self) -> bool:
        """Whether there was something to learn: no model of churn yet, or one that is too old."""
        from service_provider.management.demo import churn  # the learners

        if not churn.is_due(now=timezone.now()):
            return False
        self.stderr.write("The risk in a visit is learnt.")
        churn.learn(now=timezone.now, tell=self.stderr.write)
        return True

    def _settle(self) -> None:
        from service_provider.management.demo import segments  # the learners

        self.stderr.write("Shoppers are put into segments.")
        segments.settle(now=timezone.now(), tell=self.stderr.write)

    def _speak(self) -> None:
        written = opinions.speak(now=timezone.now())
        self.stdout.write(f"Shoppers of the demo mall have said what they think, {written} times.")

    def _live(self, *, now: datetime) -> dict[str, str]:
        rng = Random(SEED)  # noqa: S311 - a made-up history, no secrets
        wanted = MallSettings(name=NAME, currency=CURRENCY, zone=ZONE)
        mall_service.update(wanted, by=COMMAND, now=now)
        card = serving.get_loaded().card
        cast.open_office(now=now)
        residents = cast.settle(
            card.choices["category"], card.choices["shopping_mall"], rng=rng, now=now, show=bar("Shoppers")
        )
        asked = history.questions(residents, rng=rng, now=now)
        history.answer(asked, show=bar("Predictions"))
        booked = history.book(asked, rng=rng, now=now)
        detail = {"shoppers": len(residents), "predictions": len(asked), "outcomes": booked}
        audit.record(COMMAND, demo.LOADED, "mall", 1, now=now, detail=detail)
        return self._give(now=now)

    def _new_passwords(self) -> dict[str, str]:
        if not settings.DEMO:
            raise CommandError("New demo passwords are given in demo mode only (MALL_DEMO=1).", returncode=2)
        try:
            return self._give(now=timezone.now())
        except demo_logins.NoSuchLogin as fault:
            raise CommandError(str(fault), returncode=2) from fault

    def _give(self, *, now: datetime) -> dict[str, str]:
        passwords = {name: cast.password() for name in cast.LOG_INS}
        demo_logins.give(passwords, now=now)
        return passwords

    def _tell(self, passwords: dict[str, str], *, as_json: bool) -> None:
        self.stdout.write(f"{mall.get_settings().name}: log ins, shown this once")
        for name, password in passwords.items():
            door = "/provider/" if name in cast.OFFICE else "/"
            self.stdout.write(f"  {name:<10} {password}   at {door}")
        self._end({"loaded": True, "log_ins": passwords}, as_json=as_json)

    def _end(self, facts: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(facts))
