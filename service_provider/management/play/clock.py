"""A simulated shopper's time."""

import threading
import time


class Clock:
    """Passes `speed` times as fast as ours, and begins so far behind that it has caught up when her visit ends.

    So a visit of eight minutes is over in 24 seconds at speed 20, no moment of it lies ahead of us, and what the mall
    itself dates, an order, comes after her last click. Having caught up, her clock is ours.
    """

    def __init__(self, *, lasts_ms: int, speed: float) -> None:
        self._began, self._speed = real_ms(), speed
        self.start_ms = round(self._began + lasts_ms / speed - lasts_ms)

    def now_ms(self) -> int:
        real = real_ms()
        return min(int(real), round(self.start_ms + (real - self._began) * self._speed))

    def wait(self, moment_ms: int, stop: threading.Event) -> None:
        """Until her clock shows this moment, or all is over."""
        due = self._began + (moment_ms - self.start_ms) / self._speed
        stop.wait(max(0.0, (due - real_ms()) / 1000))


def real_ms() -> float:
    return time.time() * 1000
