"""Many hands at once, each with a connection of its own, all let go at the same moment.

On MariaDB they are threads. On SQLite they are processes, as web workers are; those are forked by a process that was
begun anew (`crew.py`), since this one may hold threads and connections that must not be copied.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connection

from service_provider.jobs.attack.strikes import Strike, Tally, strike_all

CREW = "service_provider.jobs.attack.crew"


class HandsLost(Exception):
    """The processes that struck did not come to their end; the text says what they said last."""


@dataclass(frozen=True, slots=True)
class Struck:
    tally: Tally
    seconds: float


def usual_number() -> int:
    """Connections at once, where nobody says how many."""
    return 8 if connection.vendor == "sqlite" else 20


def attack(strikes: Sequence[Strike], *, hands: int, now_ms: int) -> Struck:
    """Deals the strikes out one by one, so that neighbours in the list meet, and waits for all. HandsLost."""
    dealt = [list(strikes[place::hands]) for place in range(min(hands, len(strikes)))]
    return _processes(dealt, now_ms) if connection.vendor == "sqlite" else _threads(dealt, now_ms)


def _threads(dealt: list[list[Strike]], now_ms: int) -> Struck:
    start, tallies = threading.Barrier(len(dealt) + 1), [Tally() for _ in dealt]

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            start.wait()
            tallies[place] = strike_all(dealt[place], now_ms=now_ms)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(dealt))]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return Struck(_together(tallies), time.perf_counter() - began)


def _processes(dealt: list[list[Strike]], now_ms: int) -> Struck:
    ended = subprocess.run(
        crew_command(), input=order(dealt, now_ms), capture_output=True, text=True, cwd=settings.BASE_DIR,
        env=os.environ, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise HandsLost(ended.stderr.strip()[-500:] or "The processes that attacked were ended from outside.")
    said = json.loads(ended.stdout)
    return Struck(_together([Tally.from_json(one) for one in said["tallies"]]), said["seconds"])


def crew_command() -> list[str]:
    return [sys.executable, "-m", CREW]


def order(dealt: list[list[Strike]], now_ms: int) -> str:
    """What the crew reads: the database, and the strikes of each of its hands."""
    hands = [[asdict(one) for one in some] for some in dealt]
    return json.dumps({"database": str(connection.settings_dict["NAME"]), "now_ms": now_ms, "hands": hands})


def _together(tallies: Sequence[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
