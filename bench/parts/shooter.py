"""Open-loop load in a process of its own: requests leave by the clock, whether the last one came back or not.

Times run from the moment at which a request should have been sent, so that a slow server cannot hide behind
the requests it kept waiting.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Shot:
    method: str
    path: str
    headers: dict[str, str]
    body: str
    expected: int
    has: str = ""  # what stands in the body of the answer that is hoped for


@dataclass(slots=True)
class _Clip:
    """What is still to be fired; threads take turns."""

    shots: list[Shot]
    begin: float
    rate: float
    next: int = 0


def fire(port: int, shots: list[Shot], *, rate: float, threads: int) -> list[dict[str, Any]]:
    """Sends each shot at its time; gives status, seconds from the planned moment, how late it left, and whether the
    answer has what was hoped for."""
    clip = _Clip(shots, time.perf_counter() + 0.5, rate)
    results: list[dict[str, Any]] = []
    lock = threading.Lock()
    workers = [threading.Thread(target=_work, args=(port, clip, results, lock)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def _work(port: int, clip: _Clip, results: list[dict[str, Any]], lock: threading.Lock) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    while True:
        with lock:
            number, clip.next = clip.next, clip.next + 1
        if number >= len(clip.shots):
            break
        planned = clip.begin + number / clip.rate
        time.sleep(max(0.0, planned - time.perf_counter()))
        late = time.perf_counter() - planned
        status, body = _send(line, clip.shots[number])
        taken = time.perf_counter() - planned
        with lock:
            shot = clip.shots[number]
            results.append(
                {
                    "number": number, "planned": planned, "status": status, "seconds": taken, "late": late,
                    "good": status == shot.expected, "has": shot.has.encode() in body,
                }
            )  # fmt: skip
    line.close()


def _send(line: http.client.HTTPConnection, shot: Shot) -> tuple[int, bytes]:
    try:
        line.request(shot.method, shot.path, body=shot.body, headers=shot.headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        line.close()
        return 0, b""


def main() -> None:
    """Reads one JSON object from standard input and writes the list of results to standard output."""
    order = json.load(sys.stdin)
    shots = [Shot(**shot) for shot in order["shots"]]
    json.dump(fire(order["port"], shots, rate=order["rate"], threads=order["threads"]), sys.stdout)


def order_of(port: int, shots: list[Shot], *, rate: float, threads: int) -> str:
    """What `main` reads."""
    return json.dumps({"port": port, "rate": rate, "threads": threads, "shots": [asdict(s) for s in shots]})


if __name__ == "__main__":
    main()
