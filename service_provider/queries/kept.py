"""Answers that a process keeps in its memory for some seconds, where asking anew each time would cost too much."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connection

T = TypeVar("T")


class Kept(Generic[T]):
    """One value and when it was read. While one thread reads anew, the others are told what was kept.

    What must be known as it is within a transaction that may have changed it is read there each time: `in_transactions`
    says that what was kept will do.
    """

    _every: "list[Kept[Any]]" = []

    def __init__(self, for_seconds: int, *, in_transactions: bool = True) -> None:
        self._age = timedelta(seconds=for_seconds)
        self._in_transactions = in_transactions
        self._lock = Lock()
        self._value: tuple[T, datetime] | None = None
        self._every.append(self)

    def get(self, read: Callable[[], T], *, now: datetime) -> T:
        """What was kept, or what `read` answers where that is too old, or from a time that has yet to come."""
        if not self._in_transactions and connection.in_atomic_block:
            return read()
        kept = self._value
        if kept is not None and timedelta() <= now - kept[1] < self._age:
            return kept[0]
        if not self._lock.acquire(blocking=kept is None):
            assert kept is not None
            return kept[0]
        try:
            if kept is None and self._value is not None:  # another thread has read it meanwhile
                return self._value[0]
            value = read()
            self._value = (value, now)
            return value
        finally:
            self._lock.release()

    @property
    def last(self) -> T | None:
        """What was read last, however old."""
        return self._value[0] if self._value else None

    def forget(self) -> None:
        self._value = None

    @classmethod
    def forget_all(cls) -> None:
        """As in a process that has just begun."""
        for one in cls._every:
            one.forget()
