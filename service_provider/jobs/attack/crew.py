"""`python -m service_provider.jobs.attack.crew`: reads an order of `hands.py`, forks one process a hand, and tells.

The hands are forked before any of them opens the database, wait for each other, and strike.
"""

import json
import multiprocessing
import sys
import time
from typing import Any

import django
from django.conf import settings

PATIENCE_S = 120  # until every hand is up


def main() -> int:
    """Exit code 1 where a hand was lost."""
    order = json.load(sys.stdin)
    settings.DATABASES["default"]["NAME"] = order["database"]
    django.setup()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(len(order["hands"]) + 1, timeout=PATIENCE_S)
    hands, ears = [], []
    for some in order["hands"]:
        ear, mouth = context.Pipe(duplex=False)
        hand = context.Process(target=_strike, args=(some, order["now_ms"], start, mouth), daemon=True)
        hand.start()
        mouth.close()
        hands.append(hand)
        ears.append(ear)
    start.wait()
    began = time.perf_counter()
    try:
        tallies = [ear.recv() for ear in ears]
    except EOFError:
        sys.stderr.write("One of the processes that attacked was ended from outside.")
        return 1
    json.dump({"tallies": tallies, "seconds": time.perf_counter() - began}, sys.stdout)
    return 0


def _strike(some: list[dict[str, Any]], now_ms: int, start: Any, mouth: Any) -> None:
    # The models can be imported only now that Django is set up.
    from django.db import connection

    from service_provider.jobs.attack.strikes import Strike, strike_all

    connection.ensure_connection()
    start.wait()
    mouth.send(strike_all([Strike(**one) for one in some], now_ms=now_ms).to_json())
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
