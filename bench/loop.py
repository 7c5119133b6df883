"""From a click to a coupon to its redemption, on the shipped server settings, beside the same door without decisions.

Must hold: at 300 clicks a second of one event each, every fifth a decision point, p99 from the click to the answer with
its offer within 50 ms (SQLite); as fast as it goes, every fifth click a decision, at least 40 % of the rate without;
redemptions at a till at 50 a second with p99 within 50 ms, on SQLite and on MariaDB. Nothing is lost or booked twice.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from parts.asked import parser_of, tell

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "bench" / "parts" / "loop"
ENOUGH_SHARE, LIMIT_MS = 0.4, 50.0
ENVIRONMENT = {
    "MALL_DEMO": "1", "SECRET_KEY": "only-for-benchmarks-" + "x" * 40, "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "shopping_mall.settings", "CAPTURE_PER_VISITOR": "1000000000",
    "CAPTURE_PER_ADDRESS": "1000000000", "PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}",
}  # fmt: skip


def run(part: str, *, quick: bool, before: tuple[str, ...] = (), database: str = "") -> dict[str, Any]:
    """A part in a process of its own, since a process has one database."""
    command = [*before, sys.executable, str(PARTS / f"{part}.py"), *(["--quick"] if quick else [])]
    environment = os.environ | ENVIRONMENT | ({} if before else {"DATABASE_URL": database})
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def measure(*, quick: bool) -> dict[str, Any]:
    answers = run("answers", quick=quick)
    sqlite = run("redemptions", quick=quick)
    with_mariadb = (sys.executable, str(ROOT / "scripts" / "with_mariadb.py"))
    mariadb = run("redemptions", quick=quick, before=with_mariadb)
    ours, reference = (answers["rate"][name]["per_second"] for name in ("with", "without"))
    clock = answers["clock"]
    told = {
        "name": "loop",
        "unit": "clicks/s, every fifth a decision",
        "ours": ours,
        "reference": reference,
        "reference_name": "the same door, visits without a decision",
        "ratio": round(ours / reference, 3),
        "p50": clock["with_offer"]["p50"],
        "p99": clock["with_offer"]["p99"],
        "n": clock["with_offer"]["n"],
        "answers": answers,
        "redemptions": {"sqlite": sqlite, "mariadb": mariadb},
    }
    return told | {"holds": holds(told)}


def holds(told: dict[str, Any]) -> dict[str, bool]:
    clock, rate, ledger = (told["answers"][name] for name in ("clock", "rate", "ledger"))
    tills = told["redemptions"]
    wrong = [one["wrong"] for some in rate.values() for one in some["rounds"]]
    books = [ledger, *(one["ledger"] for one in tills.values())]
    return {
        "p99 of an answer with its offer within 50 ms at 300 clicks a second": told["p99"] <= LIMIT_MS,
        "every decision point by the clock has its offer": clock["offers"] == clock["decision_points"],
        "at least 40 % of the rate without decisions": told["ratio"] >= ENOUGH_SHARE,
        "p99 of a redemption within 50 ms at 50 a second, on SQLite": tills["sqlite"]["p99"] <= LIMIT_MS,
        "p99 of a redemption within 50 ms at 50 a second, on MariaDB": tills["mariadb"]["p99"] <= LIMIT_MS,
        "nothing went wrong": not clock["errors"]
        and not any(wrong)
        and not any(one["errors"] for one in tills.values()),
        "the ledgers balance": not any(book["ledgers_that_do_not_balance"] for book in books),
    }


def show(result: dict[str, Any]) -> None:
    clock, tills = result["answers"]["clock"], result["redemptions"]
    print(f"{'every fifth click a decision':34}{result['ours']:10,.0f} clicks/s")
    print(f"{'no decisions':34}{result['reference']:10,.0f} clicks/s")
    print(f"{'share':34}{result['ratio']:10.0%}")
    print(
        f"At {clock['rate']} clicks/s: an offer p50 {result['p50']} ms, p99 {result['p99']} ms "
        f"({clock['offers']} of {clock['decision_points']}); every click p50 {clock['all']['p50']}, "
        f"p99 {clock['all']['p99']} ms ({clock['all']['n']})"
    )
    for name, one in tills.items():
        print(
            f"Redemptions at {one['rate']}/s on {name}: p50 {one['p50']} ms, p99 {one['p99']} ms, {one['n']} of them"
        )
    for claim, holds in result["holds"].items():
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {claim}")


def main() -> int:
    given = parser_of(
        __doc__, quick="end within a minute", data="not needed: the mall is made here"
    ).parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark sends with wrk: apt-get install wrk")
    result = measure(quick=given.quick)
    return tell(result, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
