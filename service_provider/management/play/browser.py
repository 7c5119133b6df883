"""A browser as far as a simulated shopper needs one: a connection, a jar of cookies, forms with their tokens."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from service_provider.management.play.tally import Tally

TIMEOUT_S, AGAIN_S = 15.0, 0.5
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 (simulated shopper)"
_INPUT = re.compile(r'<input\b[^>]*?\bname="([^"]+)"[^>]*?\bvalue="([^"]*)"')

Cookies = dict[str, str]


class Stopped(Exception):
    """The crowd goes home."""


class SiteAway(Exception):
    """The site did not answer for so long; the text says so."""


class Lost(Exception):
    """A form's answer never came: it may have been taken or not, and is not sent twice."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    location: str
    retry_after: float

    def fields(self) -> dict[str, str]:
        """Names and values of the inputs on the page; of equal names the last."""
        return {name: unescape(value) for name, value in _INPUT.findall(self.text)}


class Site:
    """Where the crowd walks, and how long it has been silent."""

    def __init__(
        self, url: str, *, tally: Tally, stop: threading.Event, patience_s: float, tell: Callable[[str], None]
    ) -> None:
        parts = urlsplit(url)
        self.url, self.tally, self.stop = f"{parts.scheme}://{parts.netloc}", tally, stop
        self._address, self._is_safe = parts.netloc, parts.scheme == "https"
        self._patience_s, self._tell = patience_s, tell
        self._lock = threading.Lock()
        self._silent_since: float | None = None

    def connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._is_safe else http.client.HTTPConnection
        return kind(self._address, timeout=TIMEOUT_S)

    def heard(self) -> None:
        with self._lock:
            was_silent, self._silent_since = self._silent_since is not None, None
        if was_silent:
            self._tell(f"{self.url} answers again.")

    def missed(self) -> None:
        """Waits a little. SiteAway when it was silent for too long, Stopped when the crowd goes home."""
        self.tally.add("lost")
        with self._lock:
            is_first = self._silent_since is None
            since = self._silent_since = self._silent_since or time.monotonic()
        if is_first:
            self._tell(f"{self.url} does not answer. Trying again for {self._patience_s:g} seconds.")
        if time.monotonic() - since >= self._patience_s:
            raise SiteAway(f"{self.url} did not answer for {self._patience_s:g} seconds.")
        if self.stop.wait(min(AGAIN_S, self._patience_s)):
            raise Stopped


class Browser:
    def __init__(self, site: Site, *, agent: str = FIREFOX, cookies: Cookies | None = None) -> None:
        self._site, self._agent = site, agent
        self.cookies: Cookies = {} if cookies is None else cookies
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: Mapping[str, str], *, is_once: bool = False) -> Answer:
        """Sends a form. `is_once`: Lost rather than twice, where its answer does not come."""
        if is_once:
            self.close()  # an idle connection may be gone without a word
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._site.url}
        return self._ask("POST", path, urlencode(fields).encode(), headers, is_once=is_once)

    def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Sends JSON, as often as it takes."""
        told = {"Content-Type": "application/json", "Origin": self._site.url}
        return self._ask("POST", path, body, told | dict(headers))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, is_once: bool = False
    ) -> Answer:
        while True:
            is_fresh = self._connection is None
            try:
                answer = self._ask_once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as fault:
                self.close()
                if is_once and not isinstance(fault, ConnectionRefusedError):
                    raise Lost from fault
                if is_fresh:
                    self._site.missed()
                continue
            self._site.heard()
            return answer

    def _ask_once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if self._connection is None:
            self._connection = self._site.connect()
        began = time.perf_counter()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        told = {"User-Agent": self._agent, "Accept": "text/html,*/*"} | dict(headers)
        self._connection.request(method, path, body, told | ({"Cookie": cookies} if cookies else {}))
        response = self._connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        self._site.tally.answered((time.perf_counter() - began) * 1000)
        self._keep(response.headers.get_all("Set-Cookie") or [])
        wait = response.headers.get("Retry-After", "")
        location = response.headers.get("Location", "")
        return Answer(response.status, text, location, float(wait) if wait.isdecimal() else 1.0)

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or morsel["max-age"] == 0 or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
