"""Several at once, each on a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def race(*runners: Callable[[], Any]) -> list[Any]:
    """What each of them returned or raised, all let go at the same moment on connections of their own."""
    start = threading.Barrier(len(runners))
    ended: list[Any] = [None] * len(runners)

    def run(place: int, runner: Callable[[], Any]) -> None:
        start.wait()
        try:
            ended[place] = runner()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            ended[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ended
