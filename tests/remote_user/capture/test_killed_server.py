"""Eight browsers on a bad line, and a server that is killed three times: every event is stored once.

MALL_KILL_EVENTS says how many events there are (2,000 unless it does; the claim is about 100,000).
"""

import http.client
import json
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis_server
from redis_server import needs_redis
from served_site import FIREFOX, Site, cookies_of, only_sqlite, served

pytestmark = [pytest.mark.django_db(transaction=True), only_sqlite]

BROWSERS, AT_ONCE, KILLS = 8, 20, 3
EVENTS = int(os.environ.get("MALL_KILL_EVENTS", 2_000))
UNLIMITED = {"CAPTURE_PER_VISITOR": "1000000000", "CAPTURE_PER_ADDRESS": "1000000000"}
KINDS = ("page_view", "product_view", "search", "add_to_cart", "category_view", "idle")


class Browser:
    """Sends each batch until it is told that it came in; a fifth of its events it sends once more."""

    def __init__(self, number: int, port: int) -> None:
        self.dice, self.number, self.port = random.Random(number), number, port
        self.told = 0  # batches that the mall said it has
        self._line: http.client.HTTPConnection | None = None

    def batches(self) -> Iterator[list[str]]:
        names = [f"{self.number}-{n}" for n in range(EVENTS // BROWSERS)]
        for start in range(0, len(names), AT_ONCE):
            yield names[start : start + AT_ONCE]
            if self.dice.random() < 0.2:
                yield self.dice.sample(names[: start + AT_ONCE], AT_ONCE)

    def run(self) -> int:
        for names in self.batches():
            while not self._send(names):
                time.sleep(self.dice.random() * 0.1)
            self.told += 1
        return self.told

    def _send(self, names: list[str]) -> bool:
        now = int(time.time() * 1000)
        events = [
            {"event_id": name, "kind": self.dice.choice(KINDS), "occurred_at": now - n}
            for n, name in enumerate(names)
        ]
        body = json.dumps({"sent_at": now, "events": events}).encode()
        time.sleep(self.dice.random() * 0.01)
        try:
            return self._post(body, luck=self.dice.random())
        except (OSError, http.client.HTTPException):
            self._cut()
            return False

    def _post(self, body: bytes, *, luck: float) -> bool:
        self._line = self._line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self._line.putrequest("POST", "/capture/")
        headers = {
            "Content-Type": "application/json", "Content-Length": str(len(body)), "User-Agent": FIREFOX,
            "Cookie": cookies_of(f"browser{self.number}"), "Origin": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip
        for name, value in headers.items():
            self._line.putheader(name, value)
        self._line.endheaders(body[: len(body) // 2] if luck < 0.05 else body)
        if luck < 0.1:  # the line breaks half-way, or before the answer
            self._cut()
            return False
        answer = self._line.getresponse()
        answer.read()
        assert answer.status in {200, 503}, answer.status
        return answer.status == 200

    def _cut(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


def torment(browsers: list[Browser], killing: Any) -> None:
    """Lets them send while `killing` is called three times, spread over the run."""
    batches = EVENTS // AT_ONCE
    with ThreadPoolExecutor(BROWSERS) as pool:
        running = [pool.submit(browser.run) for browser in browsers]
        for kill in range(1, KILLS + 1):
            while sum(browser.told for browser in browsers) < batches * kill / (KILLS + 1):
                assert not any(one.done() and one.exception() for one in running)
                threading.Event().wait(0.005)
            killing(kill)
        for one in running:
            one.result()


def all_is_well(site: Site) -> None:
    events, different = site.ask("SELECT count(*), count(DISTINCT event_id) FROM event")
    assert (events, different) == (EVENTS, EVENTS)
    told = site.manage("rebuild_visits", "--check")
    assert told["events"] == EVENTS
    assert told["same"] == told["visits"] >= BROWSERS


def test_a_server_that_is_killed_three_times_stores_every_event_once(tmp_path: Path) -> None:
    with served(tmp_path, **UNLIMITED) as site:

        def kill(_: int) -> None:
            site.kill()
            site.serve()
            site.wait_until_ready()

        torment([Browser(n, site.port) for n in range(BROWSERS)], kill)
        all_is_well(site)


@needs_redis
def test_through_redis_what_was_accepted_survives_them_all(tmp_path: Path) -> None:
    """Web processes and consumer are killed each time, the second time Redis too, which keeps a log."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server.running(tmp_path, is_kept=True))
        site = stack.enter_context(served(tmp_path, EVENT_SINK=redis.url, **UNLIMITED))
        site.consume()

        def kill(number: int) -> None:
            site.kill()
            if number == 2:
                redis.kill()
                redis.start()
            site.serve()
            site.consume()
            site.wait_until_ready()

        torment([Browser(n, site.port) for n in range(BROWSERS)], kill)
        told = site.manage("consume_events", "--once")
        assert told["parked"] == 0
        all_is_well(site)
