"""The worker: trains, imports and exports, one job after the other, until it is told to stop."""

import os

# Two spinning threads beside a web server cost ten to twenty times; read when numpy is first imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import secrets
import socket
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from service_provider.jobs.interrupts import Interrupts
from service_provider.jobs.pulse import Pulse
from service_provider.jobs.worker import Worker


class Command(BaseCommand):
    help = "Runs the jobs that are due: training, imports, downloads. Ends politely at Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="run what is due now and end")

    def handle(self, *, once: bool, **options: Any) -> None:
        name = f"{socket.gethostname()[:40]} {os.getpid()} {secrets.token_hex(4)}"
        interrupts = Interrupts()
        interrupts.listen()
        worker = Worker(
            name=name,
            now=timezone.now,
            clock=time.monotonic,
            interrupts=interrupts,
            pulse=Pulse(name, now=timezone.now, interrupts=interrupts),
        )
        if once:
            self.stdout.write(f"{worker.run_due()} jobs done.")
        else:
            self.stdout.write("The worker waits for jobs. Ctrl-C ends it.")
            worker.loop()
