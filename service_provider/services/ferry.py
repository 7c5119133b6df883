"""What several threads want to write at the same moment is written in one transaction, by one of them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from service_provider.services.open_visits import Overtaken

MOST_TOGETHER = 32  # in one transaction

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Passenger(Generic[T, R]):
    """What waits to be written, and the thread that brought it."""

    brought: T
    outcome: R | Exception | None = None
    bell: threading.Lock = field(default_factory=threading.Lock)  # held until it is stored, or has to row


class Ferry(Generic[T, R]):
    """One crossing at a time. Who comes to an empty landing rows, and takes along who waits; then the next one rows.

    `store` writes what it is given in one transaction and says of each what became of it, or what went wrong.
    """

    def __init__(
        self, store: Callable[[Sequence[T]], Sequence[R | Exception]], *, most: int = MOST_TOGETHER
    ) -> None:
        self._store, self._most = store, most
        self._lock = threading.Lock()
        self._waiting: deque[_Passenger[T, R]] = deque()
        self._is_away = False

    def cross(self, brought: T) -> R | Exception:
        me = _Passenger[T, R](brought)
        with self._lock:
            waits = self._is_away
            self._is_away = True
            if waits:
                me.bell.acquire()
                self._waiting.append(me)
        if waits:
            me.bell.acquire()
        if me.outcome is None:
            self._row(me)
        return Overtaken() if me.outcome is None else me.outcome

    def _row(self, me: _Passenger[T, R]) -> None:
        """Stores for me and for who waits behind me."""
        with self._lock:
            crew = [me, *(self._waiting.popleft() for _ in range(min(self._most - 1, len(self._waiting))))]
        outcomes: Sequence[R | Exception] = [
            Overtaken() for _ in crew
        ]  # should this thread be ended on its way
        try:
            outcomes = self._store([one.brought for one in crew])
        finally:
            for one, outcome in zip(crew, outcomes, strict=True):
                one.outcome = outcome
            self._land(crew[1:])

    def _land(self, others: Sequence[_Passenger[T, R]]) -> None:
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._is_away = following is not None
        if following is not None:
            following.bell.release()  # without an outcome: its turn to row
        for one in others:
            one.bell.release()
