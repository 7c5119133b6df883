"""A road to a site on which answers get lost and which is closed at times."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fate = Callable[[int, str], str]
"""(number of the request, its path) -> "through", "missing", "lost" (done, its answer is cut off) or "closed"."""
OF_THE_HOP = {"content-length", "transfer-encoding", "connection", "server", "date"}


class _Road(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(("127.0.0.1", 0), _Traveller)
        self.there, self._fate = urlsplit(url).netloc, fate
        self._lock, self._count = threading.Lock(), 0

    def fate_of(self, path: str) -> str:
        with self._lock:
            self._count += 1
            return self._fate(self._count, path)


class _Traveller(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Road

    def do_GET(self) -> None:
        fate = self.server.fate_of(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fate == "missing":
            self.send_error(404)
        elif fate == "closed":
            self.close_connection = True
        else:
            self._go(body, is_lost=fate == "lost")

    do_POST = do_GET  # noqa: N815 - as http.server asks

    def _go(self, body: bytes, *, is_lost: bool) -> None:
        far = http.client.HTTPConnection(self.server.there, timeout=30)
        far.request(self.command, self.path, body or None, dict(self.headers))
        answer = far.getresponse()
        text = answer.read()
        far.close()
        if is_lost:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Nobody listens."""


@contextmanager
def road_to(url: str, fate: Fate) -> Iterator[str]:
    """The address of a proxy; each request meets the fate of its number."""
    road = _Road(url, fate)
    threading.Thread(target=road.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{road.server_address[1]}"
    finally:
        road.shutdown()
        road.server_close()
