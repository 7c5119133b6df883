"""Clicks at 300 a second, every fifth a decision point: how long an offer takes, and what a decision costs the rate."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from parts import shooter
from parts.loop import mall
from parts.running import ROOT, free_port, say, site
from parts.shooter import Shot

RATE, LANES, STEPS = 300, 300, 5
WARM_UP = 9  # seconds, fired and left out: the first decisions fall into the fifth, when models are loaded
AGENT = "Mozilla/5.0 bench Firefox/128.0"
FLOOD_VISITORS = 40_000


def shots(seconds: int) -> list[Shot]:
    """Each visitor clicks once a second; at any time every fifth click is somebody's fifth."""
    total = RATE * seconds
    turns = -(-total // LANES)
    cookies = mall.cookies(LANES * (turns // STEPS + 2), called="clock")
    now = int(time.time() * 1000)
    made = []
    for n in range(total):
        lane, turn = n % LANES, n // LANES
        visit, step = divmod(turn + lane % STEPS, STEPS)
        who = visit * LANES + lane
        is_whole = turn >= step  # she has been here since her first click
        event = {
            "event_id": f"c-{who}-{step}", "kind": "product_view", "occurred_at": now, "product_id": f"B{who % 2_000}",
        }  # fmt: skip
        headers = {"Content-Type": "application/json", "User-Agent": AGENT, "Cookie": cookies[who]}
        has = '"coupon_id"' if step == STEPS - 1 and is_whole else ""
        body = json.dumps({"sent_at": now, "events": [event]})
        made.append(Shot("POST", "/capture/", headers, body, 200, has))
    return made


def by_the_clock(port: int, *, seconds: int) -> dict[str, Any]:
    fired = shots(seconds + WARM_UP)
    order = shooter.order_of(port, fired, rate=RATE, threads=64)
    program = [sys.executable, str(ROOT / "bench" / "parts" / "shooter.py")]
    done = subprocess.run(program, input=order, capture_output=True, text=True, check=True, timeout=300)
    results = sorted(json.loads(done.stdout), key=lambda result: result["number"])[RATE * WARM_UP :]
    wanted = [one for one in results if fired[one["number"]].has]
    return {
        "rate": RATE,
        "errors": sum(not one["good"] for one in results),
        "decision_points": len(wanted),
        "offers": sum(one["has"] for one in wanted),
        "with_offer": _summary([one["seconds"] * 1000 for one in wanted if one["has"]]),
        "all": _summary([one["seconds"] * 1000 for one in results]),
    }


def flood(port: int, cookies: Path, *, seconds: int, run: str, steps: int) -> dict[str, Any]:
    program = [
        "wrk", "-t2", "-c32", f"-d{seconds}s", "--timeout", "10s", "-s", str(ROOT / "bench/parts/loop.lua"),
        f"http://127.0.0.1:{port}/capture/", "--", str(cookies), run, str(steps),
    ]  # fmt: skip
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=seconds + 60)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    told["per_second"] = round((told["requests"] - told["wrong"]) / told["microseconds"] * 1e6, 1)
    return told


def floods(port: int, folder: Path, *, seconds: int, rounds: int) -> dict[str, Any]:
    """In turn: visits that end before their decision point, and visits that come to it."""
    told: dict[str, list[dict[str, Any]]] = {"without": [], "with": []}
    for turn in range(rounds + 1):
        for name, steps in (("without", STEPS - 1), ("with", STEPS)):
            run = f"{name}{turn}"
            path = folder / run
            path.write_text("\n".join(mall.cookies(FLOOD_VISITORS, called=run)) + "\n")
            one = flood(port, path, seconds=seconds if turn else 2, run=run, steps=steps)
            if turn:  # the first one warms up
                told[name].append(one)
    return {
        name: {"per_second": statistics.median(one["per_second"] for one in some), "rounds": some}
        for name, some in told.items()
    }


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    mall.open_mall()
    mall.begin_campaign()
    model, port = mall.serve_model(), free_port()
    with site(port):
        say("300 clicks a second by the clock, every fifth a decision point")
        clock = by_the_clock(port, seconds=8 if quick else 30)
        say("as many as it takes, without decision points and with them")
        rate = floods(port, folder, seconds=4 if quick else 12, rounds=1 if quick else 3)
    return {"model": model, "clock": clock, "rate": rate, "ledger": mall.counted()}


def _summary(milliseconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2), "n": len(milliseconds)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        os.environ["MALL_VAR"] = name
        print(json.dumps(measure(Path(name), quick="--quick" in sys.argv)))


if __name__ == "__main__":
    main()
