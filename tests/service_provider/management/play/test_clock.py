"""A simulated shopper's clock: faster than ours, behind it, and caught up at the end."""

import pytest

from service_provider.management.play import clock
from service_provider.management.play.clock import Clock

NOW, MINUTE = 1_779_278_400_000.0, 60_000


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Our time, as a list of one moment that a test moves."""
    moment = [NOW]
    monkeypatch.setattr(clock, "real_ms", lambda: moment[0])
    return moment


def test_ten_minutes_at_speed_twenty_are_half_a_minute_that_ends_now(real: list[float]) -> None:
    hers = Clock(lasts_ms=10 * MINUTE, speed=20)
    assert hers.now_ms() == NOW - 9.5 * MINUTE
    real[0] += MINUTE / 4
    assert hers.now_ms() == NOW - 9.5 * MINUTE + 5 * MINUTE
    real[0] += MINUTE / 4
    assert hers.now_ms() == real[0] == hers.start_ms + 10 * MINUTE


def test_who_has_caught_up_lives_with_us(real: list[float]) -> None:
    hers = Clock(lasts_ms=10 * MINUTE, speed=20)
    real[0] += MINUTE
    assert hers.now_ms() == real[0]


def test_at_speed_one_her_clock_is_ours(real: list[float]) -> None:
    hers = Clock(lasts_ms=10 * MINUTE, speed=1)
    assert hers.now_ms() == hers.start_ms == NOW
    real[0] += 7
    assert hers.now_ms() == real[0]
