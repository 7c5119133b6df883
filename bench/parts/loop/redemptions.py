"""Redemptions at tills, 50 a second by the clock, each of another coupon; on the database that DATABASE_URL names."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from parts import shooter
from parts.loop import mall
from parts.running import ROOT, free_port, say, site
from parts.shooter import Shot

RATE, TILLS, WARM_UP = 50, 12, 2


def shots(codes: list[str], secrets: list[str]) -> list[Shot]:
    return [
        Shot(
            "POST",
            "/api/pos/v1/redeem",
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {secrets[number % len(secrets)]}",
                "Idempotency-Key": f"sale-{number}",
            },
            json.dumps(
                {
                    "code": code,
                    "sale": f"S-{number}",
                    "lines": [{"category": "Category 1", "price": "49.90", "quantity": 1}],
                }
            ),
            200,
            '"redemption_id"',
        )
        for number, code in enumerate(codes)
    ]


def measure(*, quick: bool) -> dict[str, Any]:
    mall.open_mall()
    count = RATE * (WARM_UP + (6 if quick else 20))
    say(f"{count:,} coupons are issued")
    codes = mall.coupons(mall.begin_campaign(), count)
    secrets, port = mall.keys(TILLS), free_port()
    with site(port):
        say("50 redemptions a second by the clock")
        order = shooter.order_of(port, shots(codes, secrets), rate=RATE, threads=24)
        program = [sys.executable, str(ROOT / "bench" / "parts" / "shooter.py")]
        done = subprocess.run(program, input=order, capture_output=True, text=True, check=True, timeout=300)
    results = sorted(json.loads(done.stdout), key=lambda result: result["number"])
    counted = [one["seconds"] * 1000 for one in results[RATE * WARM_UP :]]
    cuts = statistics.quantiles(counted, n=100, method="inclusive")
    return {
        "rate": RATE, "p50": round(cuts[49], 2), "p99": round(cuts[98], 2), "n": len(counted),
        "errors": sum(not (one["good"] and one["has"]) for one in results), "ledger": mall.counted(),
    }  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        os.environ["MALL_VAR"] = name
        print(json.dumps(measure(quick="--quick" in sys.argv)))


if __name__ == "__main__":
    main()
