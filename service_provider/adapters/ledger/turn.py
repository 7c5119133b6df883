"""Who writes next on SQLite, where one writes at a time.

SQLite lets those who wait look again every tenth of a second, and whoever comes just then goes first: under load one of
them can wait for twenty seconds and be turned away. Here the threads of a process stand in a line, without looking, and
its first one goes to the other processes: there two locks on files beside the database make a short queue. Who is next
holds the second one until the first is his, so that whoever has just written stands behind him, not before. Whoever
does not get through in time asks SQLite all the same.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

PATIENCE_S = 20.0  # as the connection's own
NEXT_LOOKS_S, OTHERS_LOOK_S = 0.0003, 0.002  # between two looks


class _Files(threading.local):
    """A lock belongs to an open file: each thread of each process opens both for itself."""

    name, process = "", 0
    turn, queue = -1, -1

    def open(self, name: str) -> None:
        if (self.name, self.process) != (name, os.getpid()):
            self.turn, self.queue = _open(f"{name}.turn"), _open(f"{name}.next")
            self.name, self.process = name, os.getpid()


class _Line:
    """The threads of this process that want to write, one behind the other; the first one is at its front."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._has_front = False

    def enter(self, *, until: float) -> bool:
        """Whether this thread is at the front; False after a long time in vain, and then it is in the line no more."""
        with self._lock:
            if not self._has_front:
                self._has_front = True
                return True
            bell = threading.Lock()
            bell.acquire()
            self._waiting.append(bell)
        if bell.acquire(timeout=max(0.0, until - time.monotonic())):
            return True
        with self._lock:
            if bell in self._waiting:
                self._waiting.remove(bell)
                return False
        return True  # it was rung for at the last moment

    def leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._has_front = False

    def begin_anew(self) -> None:
        """In a process that was forked: those who stood here are in the other one."""
        self.__init__()  # type: ignore[misc]


_files, _line = _Files(), _Line()
os.register_at_fork(after_in_child=_line.begin_anew)


@contextmanager
def turn() -> Iterator[None]:
    """Holds the turn for a transaction that is about to begin; on MariaDB, and within a transaction, nothing."""
    name = str(connection.settings_dict["NAME"])
    if (
        connection.vendor != "sqlite"
        or connection.in_atomic_block
        or ":memory:" in name
        or name[:5] == "file:"
    ):
        yield
        return
    until = time.monotonic() + PATIENCE_S
    if not _line.enter(until=until):
        yield
        return
    try:
        _files.open(name)
        is_mine = _queue_up(until)
        try:
            yield
        finally:
            if is_mine:
                fcntl.flock(_files.turn, fcntl.LOCK_UN)
    finally:
        _line.leave()


def _queue_up(until: float) -> bool:
    """Whether the turn is ours among the processes; False after a long time in vain."""
    if not _wait(_files.queue, OTHERS_LOOK_S, until):
        return False
    try:
        return _wait(_files.turn, NEXT_LOOKS_S, until)
    finally:
        fcntl.flock(_files.queue, fcntl.LOCK_UN)


def _wait(number: int, look_s: float, until: float) -> bool:
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(look_s)
        else:
            return True


def _open(name: str) -> int:
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
