"""On SQLite writers take turns: one at a time, nobody is passed over, and a long wait ends."""

import threading

import pytest
from django.db import connection, transaction

from service_provider.adapters.ledger import turn

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="MariaDB holds rows, not the whole database"),
]


def in_a_thread(work: object) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_one_at_a_time() -> None:
    inside, most = [0], [0]

    def write() -> None:
        for _ in range(20):
            with turn.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
        connection.close()

    for thread in [in_a_thread(write) for _ in range(4)]:
        thread.join(60)

    assert (inside, most) == ([0], [1])


def test_who_has_just_written_stands_behind_who_waits() -> None:
    order: list[str] = []
    waits = threading.Event()

    def wait() -> None:
        waits.set()
        with turn.turn():
            order.append("who waited")
        connection.close()

    with turn.turn():
        thread = in_a_thread(wait)
        waits.wait(60)
        while not turn._line._waiting:  # until the other one is next
            waits.wait(0.001)
    with turn.turn():
        order.append("who had written")
    thread.join(60)

    assert order == ["who waited", "who had written"]


def test_a_long_wait_ends_and_sqlite_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def go_ahead() -> None:
        with turn.turn():
            done.set()
        connection.close()

    with turn.turn():
        monkeypatch.setattr(turn, "PATIENCE_S", 0.0)
        thread = in_a_thread(go_ahead)
        assert done.wait(60)
        thread.join(60)


def test_a_process_that_writes_lets_the_others_by() -> None:
    """Another process is one whose files were opened apart."""
    order: list[str] = []
    name = str(connection.settings_dict["NAME"])

    def wait() -> None:
        until, other = turn.time.monotonic() + 60, turn._Files()
        other.open(name)
        assert turn._wait(other.queue, 0.0001, until)
        assert turn._wait(other.turn, 0.0001, until)
        order.append("another process")
        turn.fcntl.flock(other.queue, turn.fcntl.LOCK_UN)
        turn.fcntl.flock(other.turn, turn.fcntl.LOCK_UN)

    with turn.turn():
        thread = in_a_thread(wait)
        while turn._wait(turn._files.queue, 0, 0):  # until it is next
            turn.fcntl.flock(turn._files.queue, turn.fcntl.LOCK_UN)
    with turn.turn():
        order.append("we once more")
    thread.join(60)

    assert order == ["another process", "we once more"]


def test_who_waited_in_vain_stands_in_the_line_no_more() -> None:
    with turn.turn():
        assert not turn._line.enter(until=turn.time.monotonic())
        assert not turn._line._waiting
    with turn.turn():
        assert turn._line._has_front
    assert not turn._line._has_front


def test_a_turn_is_given_back_when_the_work_fails() -> None:
    with pytest.raises(ValueError), turn.turn():
        raise ValueError
    assert turn._wait(turn._files.turn, 0, 0)
    turn.fcntl.flock(turn._files.turn, turn.fcntl.LOCK_UN)


def test_within_a_transaction_it_is_ours_already() -> None:
    with turn.turn(), transaction.atomic(), turn.turn():
        assert connection.in_atomic_block
