"""Simulated shoppers walk through a running demo, over HTTP like everybody."""

import json
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from service_provider.management.play import accounts
from service_provider.management.play.browser import SiteAway
from service_provider.management.play.crowd import Crowd, Plan
from service_provider.management.play.tally import Tally
from service_provider.management.play.visit import Unwelcome

MOST_SHOPPERS, FASTEST = 500, 1_000.0
FEWEST = 8  # accounts: one visit in some seventy wants one


class Command(BaseCommand):
    help = (
        "Lets simulated shoppers walk through a running demo: pages, events, basket, log in and checkout, over HTTP. "
        "Exit 0 done or Ctrl-C, 1 the site is away or refuses them, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shoppers", type=int, default=12, metavar="N", help="how many at a time")
        parser.add_argument(
            "--speed", type=float, default=20.0, metavar="X", help="their time passes X times as fast as ours"
        )
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running site")
        parser.add_argument("--seconds", type=float, default=None, help="how long (default: until Ctrl-C)")
        parser.add_argument("--seed", type=int, default=1, help="which visits they make")
        parser.add_argument(
            "--rest", type=float, default=0.0, metavar="S", help="seconds between two visits, on average"
        )
        parser.add_argument(
            "--patience", type=float, default=60.0, metavar="S", help="how long a silent site is asked again"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, **options: Any) -> None:
        plan = _plan(options)
        lent = accounts.open_some(max(FEWEST, plan.shoppers // 2), key=plan.key, now=timezone.now())
        crowd = Crowd(plan, lent, tell=self._tell)
        _stop_by_signal(crowd.stop)
        try:
            crowd.greet()
            with tqdm(unit=" events", file=sys.stderr, disable=None, leave=False) as bar:
                crowd.walk(seconds=options["seconds"], look=lambda tally: _show(bar, tally))
        except (SiteAway, Unwelcome) as reason:
            self._end(crowd, options)
            raise CommandError(str(reason), returncode=1) from reason
        self._end(crowd, options)

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence)

    def _end(self, crowd: Crowd, options: dict[str, Any]) -> None:
        done = crowd.tally.to_json()
        self.stdout.write(
            f"{done['visits']:,} visits and {done['robots']:,} robots in {done['seconds']:,} s: "
            f"{done['events']:,} events ({done['events_per_second']:,} a second), {done['orders']:,} orders, "
            f"{done['refused']:,} refusals. {done['offered']:,} coupons offered: {done['ignored']:,} passed over, "
            f"{done['seen']:,} looked at, {done['dismissed']:,} put away; {done['redeemed']:,} redeemed. "
            f"Answers within {done['p50_ms']} ms (median) and {done['p99_ms']} ms (99 %)."
        )
        if options["json"]:
            asked = {name: options[name] for name in ("url", "shoppers", "speed", "seed")}
            self.stdout.write(json.dumps(asked | done))


def _plan(options: dict[str, Any]) -> Plan:
    """CommandError (exit 2) where something is not as it must be."""
    if not settings.DEMO_CLOCK_KEY:
        raise CommandError(
            "Simulated shoppers walk in a demo only. Say that this is one: MALL_DEMO=1 manage.py play_mall",
            returncode=2,
        )
    parts = urlsplit(options["url"])
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise CommandError(
            f"{options['url']} is no address: http://127.0.0.1:8000 was expected.", returncode=2
        )
    _within("--shoppers", options["shoppers"], 1, MOST_SHOPPERS)
    _within("--speed", options["speed"], 1, FASTEST)
    _within("--seed", options["seed"], 0, 2**31)
    for name in ("seconds", "rest", "patience"):
        _within(f"--{name}", options[name] or 0, 0, 10**8)
    return Plan(
        url=options["url"], shoppers=options["shoppers"], speed=options["speed"], seed=options["seed"],
        key=settings.DEMO_CLOCK_KEY, rest_s=options["rest"], patience_s=options["patience"],
    )  # fmt: skip


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise CommandError(f"{name} must be from {least:g} to {most:g}.", returncode=2)


def _stop_by_signal(stop: threading.Event) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())


def _show(bar: tqdm, tally: Tally) -> None:
    done = tally.to_json()
    bar.set_description_str(f"{done['visits']:,} visits, {done['orders']:,} orders", refresh=False)
    bar.n = done["events"]
    bar.refresh()
