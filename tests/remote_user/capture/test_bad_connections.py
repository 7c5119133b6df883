"""What is wrong before a request is whole: headers without end, bodies that stop half-way. The site lives on."""

import contextlib
import urllib.error
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from served_site import FIREFOX, Site, cookies_of, line, only_sqlite, served

pytestmark = [pytest.mark.django_db(transaction=True), only_sqlite]
WITHIN_S, TRIES = 1.0, 5


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as site:
        yield site


def head(length: int) -> bytes:
    return (
        "POST /capture/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"User-Agent: {FIREFOX}\r\nCookie: {cookies_of('slow')}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def answers_in_time(site: Site) -> bool:
    """Whether an honest page came within a second; a busy machine is given five tries."""
    for _ in range(TRIES):
        with contextlib.suppress(TimeoutError, urllib.error.URLError):
            return site.get("/", seconds=WITHIN_S) == 200
    return False


def test_ten_megabytes_of_headers_are_refused_and_the_server_lives(site: Site) -> None:
    told = b""
    with line(site.port, seconds=20) as talk, contextlib.suppress(ConnectionError):
        talk.sendall(b"POST /capture/ HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for number in range(1_024):
            talk.sendall(f"X-Filler-{number}: {'x' * 10_240}\r\n".encode())
        talk.sendall(b"Content-Length: 2\r\n\r\n{}")
        told = talk.recv(4_096)

    assert told == b"" or told.startswith(b"HTTP/1.1 4"), told[:80]
    assert answers_in_time(site)
    assert site.ask("SELECT count(*) FROM event") == (0,)


def test_twenty_posts_that_stop_half_way_keep_nobody_waiting(site: Site) -> None:
    assert answers_in_time(site)
    with ExitStack() as stack:
        for _ in range(20):
            talk = stack.enter_context(line(site.port, seconds=20))
            talk.sendall(head(2_000) + b'{"sent_at": 1, "events": [')

        assert answers_in_time(site)
    assert answers_in_time(site), "after they hung up, too"
    assert site.ask("SELECT count(*) FROM event") == (0,)
