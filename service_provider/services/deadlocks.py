"""MariaDB ends one of two transactions that wait for each other; that one is begun again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from service_provider.adapters.ledger import bulk

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 8


def atomic(service: Callable[P, R]) -> Callable[P, R]:
    """One transaction, begun again after a deadlock unless it is part of a larger one."""

    @wraps(service)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not bulk.is_deadlock(error):
                    raise
        with transaction.atomic():
            return service(*args, **kwargs)

    return tried
