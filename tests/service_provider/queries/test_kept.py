"""An answer is kept for its seconds and no longer."""

from datetime import timedelta
from threading import Event, Thread

import make

from service_provider.queries.kept import Kept

SECOND = timedelta(seconds=1)


def test_it_is_read_anew_when_its_time_is_over() -> None:
    kept: Kept[int] = Kept(for_seconds=5)
    answers = iter(range(9))
    told = [kept.get(lambda: next(answers), now=make.NOON + n * SECOND) for n in (0, 4, 5, 9, 10)]
    assert told == [0, 0, 1, 1, 2]
    assert kept.last == 2


def test_an_answer_from_a_time_to_come_is_not_believed() -> None:
    kept: Kept[str] = Kept(for_seconds=5)
    kept.get(lambda: "tomorrow's", now=make.NOON + timedelta(days=1))
    assert kept.get(lambda: "today's", now=make.NOON) == "today's"


def test_while_one_reads_the_others_are_told_what_was_kept() -> None:
    kept: Kept[str] = Kept(for_seconds=5)
    kept.get(lambda: "old", now=make.NOON)
    reading, may_end = Event(), Event()

    def slow() -> str:
        reading.set()
        assert may_end.wait(10)
        return "new"

    later = make.NOON + timedelta(minutes=1)
    reader = Thread(target=kept.get, args=(slow,), kwargs={"now": later})
    reader.start()
    assert reading.wait(10)
    assert kept.get(lambda: "never asked", now=later) == "old"
    may_end.set()
    reader.join()
    assert kept.get(lambda: "never asked", now=later) == "new"


def test_a_fault_keeps_nothing_and_locks_nobody_out() -> None:
    kept: Kept[int] = Kept(for_seconds=5)

    def fails() -> int:
        raise OSError("gone")

    for _ in range(2):
        try:
            kept.get(fails, now=make.NOON)
        except OSError:
            continue
    assert kept.get(lambda: 7, now=make.NOON) == 7
