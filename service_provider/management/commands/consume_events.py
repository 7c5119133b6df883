"""Stores the batches of events that wait in the Redis stream, until it is told to stop."""

import json
import os
import secrets
import signal
import socket
import threading
import time
from argparse import ArgumentParser
from dataclasses import asdict
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from service_provider.adapters.event_sink.stream import DATABASE, Away, Stream
from service_provider.services import offers, risk
from service_provider.streaming.consumer import Consumer


class Command(BaseCommand):
    help = (
        "Takes batches of events out of the Redis stream of EVENT_SINK and stores them, each event once. Several may "
        "run at once, and each may be killed. Exit 0 done, 1 Redis is away (--once), 2 EVENT_SINK names no Redis."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="store what waits now and end")
        parser.add_argument("--parked", action="store_true", help="only show what was put aside, and why")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, once: bool, parked: bool, **options: Any) -> None:
        if settings.EVENT_SINK == DATABASE:
            raise CommandError(
                "EVENT_SINK is database: there is no stream to read. Set it to redis://...", returncode=2
            )
        stream = Stream(settings.EVENT_SINK, most=settings.EVENT_STREAM_LIMIT)
        try:
            if parked:
                self.stdout.write("\n".join(stream.parked()) or "Nothing was put aside.")
                return
            counted = asdict(self._consume(stream, once=once))
        except Away as away:
            raise CommandError("Redis does not answer.", returncode=1) from away
        self.stdout.write(
            f"{counted['batches']:,} batches: {counted['accepted']:,} events stored, {counted['repeated']:,} known "
            f"already, {counted['parked']:,} batches put aside."
        )
        if options["json"]:
            self.stdout.write(json.dumps(counted))

    def _consume(self, stream: Stream, *, once: bool) -> Any:
        stopped = threading.Event()
        name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        follow = partial(
            offers.follow, ask=partial(risk.ask, clock=time.perf_counter), clock=time.perf_counter
        )
        consumer = Consumer(stream, name, now_ms=_now_ms, rest=stopped.wait, follow=follow)
        if once:
            return consumer.run(is_stopped=lambda: stream.waiting() == 0)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        self.stdout.write("The consumer waits for events. Ctrl-C ends it.")
        return consumer.run(is_stopped=stopped.is_set)


def _now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)
