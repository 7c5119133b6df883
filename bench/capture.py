"""Events that come in: the whole path (check, store once, fold, answer) beside the same server with a bare bulk_create.

Must hold: batches of 20 reach at least 60 % of the bare server's rate and, on SQLite, 8,000 events a second; p99 under
100 ms at half of that load; into a Redis stream at least 25,000 accepted events a second. All run in turn
on the shipped server settings; wrk sends, limits on floods are lifted. `--memory 2000000` sends so many more and
looks at the workers.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "bench" / "parts"
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(PARTS)]

from parts import capture_stream, shooter  # noqa: E402
from parts.asked import parser_of, tell  # noqa: E402
from parts.memory import resident_mb  # noqa: E402
from parts.running import free_port, manage, say, site  # noqa: E402
from parts.shooter import Shot  # noqa: E402

BATCH, VISITORS, PRODUCTS = 20, 2_000, 2_000
ENOUGH_SHARE, ENOUGH_EVENTS, ENOUGH_ACCEPTED, LIMIT_MS = 0.6, 8_000, 25_000, 100.0
FLAT = 1.1  # of the memory after the first half: by then the caches of all connections are full
WARM_UP = 2  # seconds, left out of the figures
AGENT = "Mozilla/5.0 bench Firefox/128.0"


def prepare(folder: Path) -> list[str]:
    """A mall with products and one visit for the bare door; the cookies of the visitors, as headers say them."""
    manage("migrate", "-v0")
    manage("createcachetable")
    import django

    django.setup()
    from django.core import signing

    from remote_user import visitor
    from service_provider.models import Product, Shopper, Visit

    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is a door
    Product.objects.bulk_create(
        Product(
            product_id=f"B{n}", title=f"Thing {n}", category=f"Category {n % 11}", price_minor=100 + n, margin_bp=3000,
            stock=9, changed_at=now,
        )
        for n in range(PRODUCTS)
    )  # fmt: skip
    shopper = Shopper.objects.create(key="bare", created_at=now)
    Visit.objects.create(pk=1, key="bare", shopper=shopper, started_ms=1, last_ms=1)
    signer = signing.get_cookie_signer(salt=visitor.COOKIE + visitor.SALT)
    cookies = [f"consent=yes; visitor={signer.sign(f'bench{n}')}" for n in range(VISITORS)]
    (folder / "cookies").write_text("\n".join(cookies) + "\n")
    return cookies


def flood(port: int, path: str, cookies: Path, *, seconds: int, run: str) -> dict[str, Any]:
    """As fast as the server takes them: events a second, and whatever went wrong."""
    program = [
        "wrk", "-t2", "-c32", f"-d{seconds}s", "--timeout", "10s", "-s", str(PARTS / "capture.lua"),
        f"http://127.0.0.1:{port}{path}", "--", str(cookies), run,
    ]  # fmt: skip
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=seconds + 60)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    told["events_per_second"] = round((told["requests"] - told["wrong"]) * BATCH / told["microseconds"] * 1e6)
    return told


def shots(cookies: list[str], count: int) -> list[Shot]:
    now = int(time.time() * 1000)
    made = []
    for number in range(count):
        events = [
            {
                "event_id": f"s-{number}-{n}",
                "kind": "product_view",
                "occurred_at": now - n,
                "product_id": f"B{n * 7}",
            }
            for n in range(BATCH)
        ]
        headers = {
            "Content-Type": "application/json", "User-Agent": AGENT, "Cookie": cookies[number % len(cookies)],
        }  # fmt: skip
        made.append(Shot("POST", "/capture/", headers, json.dumps({"sent_at": now, "events": events}), 200))
    return made


def at_half_load(port: int, cookies: list[str], *, rate: float, seconds: int) -> dict[str, Any]:
    """By the clock, whether the last one came back or not, from another process."""
    order = shooter.order_of(port, shots(cookies, int(rate * (seconds + WARM_UP))), rate=rate, threads=48)
    program = [sys.executable, str(PARTS / "shooter.py")]
    done = subprocess.run(
        program, input=order, capture_output=True, text=True, check=True, timeout=seconds + 120
    )
    results = sorted(json.loads(done.stdout), key=lambda result: result["planned"])
    counted = [result["seconds"] * 1000 for result in results[int(WARM_UP * rate) :]]
    cuts = statistics.quantiles(counted, n=100, method="inclusive")
    return {
        "batches_per_second": round(rate),
        "p50": round(cuts[49], 2),
        "p99": round(cuts[98], 2),
        "n": len(counted),
        "errors": sum(not result["good"] for result in results),
    }


def grow(port: int, cookies: Path, *, events: int) -> dict[str, Any]:
    """The memory of the web processes while so many events come in, looked at every ten seconds."""
    sizes, sent = [], 0
    while sent < events:
        told = flood(port, "/capture/", cookies, seconds=10, run=f"m{sent}")
        sent += (told["requests"] - told["wrong"]) * BATCH
        sizes.append((sent, {pid: round(size, 1) for pid, size in resident_mb(f"--port\0{port}").items()}))
        say(f"{sent:,} of {events:,} events: {sizes[-1][1]} MB")
    first = next(size for count, size in sizes if count >= events / 2)
    last = sizes[-1][1]
    return {
        "events": sent,
        "mb_half_way": first,
        "mb_at_the_end": last,
        "growth": round(max(last[pid] / first[pid] for pid in last if pid in first), 3),
    }


def measure(folder: Path, *, quick: bool, memory: int) -> dict[str, Any]:
    cookies = prepare(folder)
    seconds, rounds, port = (5, 2, free_port()) if quick else (15, 3, free_port())
    ours, bare = [], []
    with site(port, "bare_wsgi:application", {"PYTHONPATH": f"{ROOT}:{PARTS / 'bare'}"}):
        for path in ("/bare/", "/capture/"):
            flood(port, path, folder / "cookies", seconds=WARM_UP, run=f"warm{path[1]}")
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}: bare bulk_create, then the whole path, {seconds} s each")
            bare.append(flood(port, "/bare/", folder / "cookies", seconds=seconds, run=f"b{turn}"))
            ours.append(flood(port, "/capture/", folder / "cookies", seconds=seconds, run=f"c{turn}"))
        rate, bare_rate = (
            statistics.median(one["events_per_second"] for one in some) for some in (ours, bare)
        )
        say("half of that load, by the clock")
        half = at_half_load(port, cookies, rate=rate / BATCH / 2, seconds=seconds)
        grown = grow(port, folder / "cookies", events=memory) if memory else {}
    stored = count_events()
    stream = capture_stream.measure(folder, flood, seconds=seconds, rounds=rounds, batch=BATCH)
    told = {
        "name": "capture",
        "unit": "events/s",
        "ours": rate,
        "reference": bare_rate,
        "reference_name": "the same server, a bare bulk_create",
        "ratio": round(rate / bare_rate, 3),
        "p50": half["p50"],
        "p99": half["p99"],
        "n": half["n"],
        "batch": BATCH,
        "rounds": {"ours": ours, "bare": bare},
        "half_load": half,
        "stored": stored,
        "stream": stream,
        "memory": grown,
    }
    return told | {"holds": holds(told)}


def holds(told: dict[str, Any]) -> dict[str, bool]:
    half, stream, rounds, stored = told["half_load"], told["stream"], told["rounds"], told["stored"]
    claims = {
        "at least 60 % of a bare bulk_create": told["ratio"] >= ENOUGH_SHARE,
        "at least 8,000 events/s": told["ours"] >= ENOUGH_EVENTS,
        "p99 under 100 ms at half of that load": half["p99"] < LIMIT_MS and not half["errors"],
        "at least 25,000 events/s accepted into Redis": stream["accepted_per_second"] >= ENOUGH_ACCEPTED,
        "nothing went wrong": not stream["wrong"]
        and all(one["wrong"] == 0 for some in rounds.values() for one in some),
        "each event is stored and folded once": stored["events"] == stored["folded"],
    }
    return claims | ({"memory is flat": told["memory"]["growth"] <= FLAT} if told["memory"] else {})


def count_events() -> dict[str, int]:
    """Events of the real door in the log, and folded into states."""
    from django.db.models import Sum

    from service_provider.models import Event, Visit

    folded = Visit.objects.exclude(pk=1).aggregate(n=Sum("state_version"))["n"]
    return {"events": Event.objects.exclude(visit_id=1).count(), "folded": folded}


def show(result: dict[str, Any]) -> None:
    print(f"{'the whole path':32}{result['ours']:12,.0f} events/s")
    print(f"{'a bare bulk_create':32}{result['reference']:12,.0f} events/s")
    print(f"{'share':32}{result['ratio']:12.0%}")
    half = result["half_load"]
    print(
        f"At {half['batches_per_second']} batches/s: p50 {half['p50']} ms, p99 {half['p99']} ms, {half['n']} requests"
    )
    stream = result["stream"]
    print(f"{'accepted into Redis':32}{stream['accepted_per_second']:12,.0f} events/s")
    print(f"{'stored by one consumer':32}{stream['consumer']['events_per_second']:12,.0f} events/s")
    for claim, holds in result["holds"].items():
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {claim}")


def main() -> int:
    parser = parser_of(__doc__, quick="end within a minute", data="not needed: the events are made here")
    parser.add_argument("--memory", type=int, default=0, metavar="EVENTS", help="watch the workers' memory")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark sends with wrk: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        os.environ |= {
            "MALL_DEMO": "1", "MALL_VAR": name, "SECRET_KEY": "only-for-benchmarks-" + "x" * 40, "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "shopping_mall.settings",
            "CAPTURE_PER_VISITOR": "1000000000", "CAPTURE_PER_ADDRESS": "1000000000",
        }  # fmt: skip
        result = measure(Path(name), quick=given.quick, memory=given.memory)
    return tell(result, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
