"""MariaDB ends one of two transactions that wait for each other; that one is begun again. On SQLite they take turns."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from service_provider.adapters.ledger import bulk
from service_provider.adapters.ledger.turn import turn

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 8


class _Count(threading.local):
    """How often this thread began a transaction again: who attacks his own site wants to know."""

    again = 0


counted = _Count()


def atomic(service: Callable[P, R]) -> Callable[P, R]:
    """One transaction, begun again after a deadlock unless it is part of a larger one."""

    @wraps(service)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(ATTEMPTS - 1):
            try:
                with turn(), transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not bulk.is_deadlock(error):
                    raise
                counted.again += 1
        with turn(), transaction.atomic():
            return service(*args, **kwargs)

    return tried
