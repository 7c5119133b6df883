"""Codes that are not there, counted by who named them: who guesses is made to wait."""

from django.db import IntegrityError, transaction
from django.db.models import F

from service_provider.adapters.ledger.prepared import Question
from service_provider.models import WrongCodes

MOST, WINDOW_MS = 20, 10 * 60_000


class TooManyWrong(Exception):
    """So many wrong codes that no further one is looked at; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"{MOST} codes within ten minutes were wrong. Try again in {-(-retry_after // 60)} min."
        )
        self.retry_after = retry_after


def check(source: str, *, now_ms: int) -> None:
    """TooManyWrong while the window in which this source guessed too often lasts."""
    for (window_ms,) in _USED_UP.ask(source, MOST, now_ms - WINDOW_MS):
        raise TooManyWrong(_wait(window_ms, now_ms))


_USED_UP = Question(
    lambda source, most, since_ms: WrongCodes.objects.filter(
        source=source, count__gte=most, window_ms__gt=since_ms
    ).values_list("window_ms"),
    str,
    int,
    int,
)


def count(source: str, *, now_ms: int) -> None:
    """Counts one wrong code. TooManyWrong where others of this source used the window up meanwhile: it is not counted,
    and nothing may be said of the code."""
    rows = WrongCodes.objects.filter(source=source)
    if _count_in_window(source, now_ms) or rows.filter(window_ms__lte=now_ms - WINDOW_MS).update(
        window_ms=now_ms, count=1
    ):
        return
    if not rows.exists():
        try:
            with transaction.atomic():
                WrongCodes.objects.create(source=source, window_ms=now_ms, count=1)
            return
        except IntegrityError:
            pass  # another worker has opened the window
    if not _count_in_window(source, now_ms):
        opened = rows.values_list("window_ms", flat=True).first() or now_ms
        raise TooManyWrong(_wait(opened, now_ms))


def _count_in_window(source: str, now_ms: int) -> bool:
    live = WrongCodes.objects.filter(source=source, window_ms__gt=now_ms - WINDOW_MS, count__lt=MOST)
    return bool(live.update(count=F("count") + 1))


def _wait(opened_ms: int, now_ms: int) -> int:
    return max(1, -((now_ms - opened_ms - WINDOW_MS) // 1000))
