"""Signals that may end a long step in the middle, but never a write."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


class Interrupted(BaseException):
    """Raised inside a running step. Not an Exception, so that no learner mistakes it for one of its own."""

    STOPPED = "stopped"
    CANCELLED = "cancelled"
    LEASE_LOST = "lease lost"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Interrupts:
    """What the process was asked to do while it worked. `stop` outlives a job, the rest belongs to one."""

    stop_asked: bool = False
    why: str | None = None
    _allowed: bool = False

    def listen(self) -> None:
        """Takes over SIGTERM and SIGINT (stop politely) and SIGUSR1 (news of the pulse). Main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGUSR1, self._news)

    def tell(self, why: str) -> None:
        """Called from the pulse's thread: the main thread leaves its step at its next line of Python."""
        self.why = why
        os.kill(os.getpid(), signal.SIGUSR1)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Only in here may a signal break in; one that came before breaks in at once."""
        try:
            self._allowed = True
            self._check()
            yield
        finally:
            self._allowed = False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked = True
        self._check()

    def _news(self, number: int, frame: FrameType | None) -> None:
        self._check()

    def _check(self) -> None:
        if not self._allowed:
            return
        why, self.why = self.why, None
        if why or self.stop_asked:
            self._allowed = False
            raise Interrupted(why or Interrupted.STOPPED)
