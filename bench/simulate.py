"""The simulated mall: events per second, cost against size, and the plain way beside it.

Must hold: 20,000 shoppers over 60 days in at most 60 s and 2 GB on two cores, one thread; cost linear in events
(5, 20 and 80 thousand shoppers); at least 10,000 events a second with a policy in the loop. The reference is a
loop over single events with a generator object for each, without coupons, orders and carry-over.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from parts import naive_mall  # noqa: E402
from parts.asked import parser_of, tell  # noqa: E402

DAYS, SEED = 60, 1
SIZES, MAIN = (5_000, 20_000, 80_000), 20_000
QUICK_SIZES, QUICK_MAIN = (500, 2_000), 2_000
POLICY_SHOPPERS, QUICK_POLICY_SHOPPERS = 5_000, 2_000
PLAIN_SHOPPERS, QUICK_PLAIN_SHOPPERS = 400, 100
LIMIT_SECONDS, LIMIT_MB, POLICY_RATE, MOST_GROWTH = 60, 2048, 10_000, 1.25


def run(kind: str, shoppers: int) -> dict[str, Any]:
    """A fresh process, so that its peak of memory is its own."""
    print(f"... {kind}, {shoppers:,} shoppers", file=sys.stderr, flush=True)
    command = [
        sys.executable, str(ROOT / "bench/parts/simulate_once.py"), kind, str(shoppers), str(DAYS), str(SEED)
    ]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts | {"events_per_second": facts["events"] / facts["seconds"]}


def growth(sizes: list[dict[str, Any]]) -> float:
    """Seconds per event of the largest run over those of the smallest: 1 where cost is linear in events."""
    return sizes[0]["events_per_second"] / sizes[-1]["events_per_second"]


def measure(*, quick: bool) -> dict[str, Any]:
    sizes = [run("world", shoppers) for shoppers in (QUICK_SIZES if quick else SIZES)]
    main = next(size for size in sizes if size["shoppers"] == (QUICK_MAIN if quick else MAIN))
    gaps = [1000 * gap for gap in main["gaps"]]
    policy = run("policy", QUICK_POLICY_SHOPPERS if quick else POLICY_SHOPPERS)
    files = run("files", main["shoppers"])
    plain = QUICK_PLAIN_SHOPPERS if quick else PLAIN_SHOPPERS
    rate, events = naive_mall.events_per_second(plain, DAYS, seed=SEED)
    for each in (*sizes, policy, files):
        del each["gaps"]
    return {
        "name": "simulate",
        "unit": "events per second, more is better; p50 and p99 are ms per simulated day",
        "ours": main["events_per_second"],
        "reference": rate,
        "reference_name": f"a loop with a generator object per event, {events:,} events",
        "ratio": main["events_per_second"] / rate,
        "p50": statistics.median(gaps),
        "p99": sorted(gaps)[int(0.99 * (len(gaps) - 1))],
        "n": main["events"],
        "days": DAYS,
        "seed": SEED,
        "sizes": sizes,
        "growth": growth(sizes),
        "policy": policy,
        "files": files,
        "holds": {
            f"{main['shoppers']:,} shoppers in {LIMIT_SECONDS} s and {LIMIT_MB} MB": main["seconds"]
            <= LIMIT_SECONDS
            and main["peak_mb"] <= LIMIT_MB,
            "cost is linear in events": growth(sizes) <= MOST_GROWTH,
            f"{POLICY_RATE:,} events/s with a policy in the loop": policy["events_per_second"] >= POLICY_RATE,
        },
    }


def show(found: dict[str, Any]) -> None:
    print(f"{DAYS} days, seed {SEED}, one thread")
    print(f"  {'':10}  {'shoppers':>9}  {'events':>10}  {'seconds':>8}  {'events/s':>10}  {'peak MB':>8}")
    labelled = [
        *(("world", size) for size in found["sizes"]),
        ("policy", found["policy"]),
        ("files", found["files"]),
    ]
    for kind, of in labelled:
        print(
            f"  {kind:10}  {of['shoppers']:9,}  {of['events']:10,}  {of['seconds']:8.1f}"
            f"  {of['events_per_second']:10,.0f}  {of['peak_mb']:8.0f}"
        )
    print(f"  plain way   {found['reference']:,.0f} events/s ({found['reference_name']})")
    print(
        f"  {found['ratio']:.0f} times faster; "
        f"an event of the largest run costs {found['growth']:.2f} of one of the smallest"
    )
    for what, holds in found["holds"].items():
        print(f"  {what}: {'holds' if holds else 'does not hold'}")


def main() -> int:
    given = parser_of(
        __doc__,
        quick="smaller malls, within a minute",
        data="taken as by the other benchmarks; no table is needed here",
    ).parse_args()
    found = measure(quick=given.quick)
    return tell(found, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
