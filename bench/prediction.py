"""One prediction: ours, trained once and served, beside the published way, which trains inside every request.

Must hold: 1,000 times faster, p99 of the model call under 1 ms, p99 of the whole HTTP request under 25 ms at
50 requests a second. Both sides use the same table: the published one below --data, else the demo's.
"""

import json
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from parts import shooter  # noqa: E402
from parts.asked import parser_of, tell  # noqa: E402
from parts.running import free_port, manage, say, site  # noqa: E402
from parts.shooter import Shot  # noqa: E402

RATE, TILLS, THREADS = 50, 12, 48
WARM_UP = 2  # seconds, fired and left out of the figures: each worker loads the model once
QUICK_ROWS = 2_500
PUBLISHED_TABLE = "mall_transactions/transactions_2499.csv.xz"
ENOUGH, MODEL_LIMIT_MS, HTTP_LIMIT_MS = 1_000, 1.0, 25.0


def table_of(data: Path | None, folder: Path, *, quick: bool) -> tuple[Path, str]:
    """The table as a plain CSV file, and what it is called."""
    if data and (data / PUBLISHED_TABLE).is_file():
        text, name = lzma.decompress((data / PUBLISHED_TABLE).read_bytes()).decode(), "the published table"
    else:
        built_in = ROOT / "datasets/demo_transactions/demo_transactions.csv"
        text, name = built_in.read_text(), "datasets/demo_transactions"
    lines = text.splitlines(keepends=True)
    if quick and len(lines) > QUICK_ROWS + 1:
        lines, name = lines[: QUICK_ROWS + 1], f"{name}, its first {QUICK_ROWS} rows"
    path = folder / "table.csv"
    path.write_text("".join(lines))
    return path, name


def summary(milliseconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {
        "p50": round(cuts[49], 3),
        "p99": round(cuts[98], 3),
        "max": round(max(milliseconds), 3),
        "n": len(milliseconds),
    }


def model_call(rows: list[Any], calls: int) -> dict[str, float]:
    from service_provider.services import serving

    loaded = serving.get_loaded()
    for row in rows[:200]:
        loaded.answer(row)
    taken = []
    for number in range(calls):
        row = rows[number % len(rows)]
        start = time.perf_counter()
        loaded.answer(row)
        taken.append((time.perf_counter() - start) * 1000)
    return summary(taken)


def api_shots(rows: list[Any], secrets: list[str], count: int) -> list[Shot]:
    shots = []
    for number in range(count):
        row = rows[number % len(rows)]
        body = {
            "Tid": row.tid, "coupon_no": row.coupon_no, "customer_id": row.customer_id, "gender": row.gender,
            "age": row.age, "category": row.category, "quantity": row.quantity, "price": f"{row.price_minor / 100:.2f}",
            "payment_method": row.payment_method, "invoice_date": row.invoice_date.isoformat(),
            "shopping_mall": row.shopping_mall,
        }  # fmt: skip
        headers = {
            "Authorization": f"Bearer {secrets[number % len(secrets)]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"bench-{number}",
        }
        shots.append(Shot("POST", "/api/v1/predictions/", headers, json.dumps(body), 201))
    return shots


def load(port: int, shots: list[Shot]) -> dict[str, Any]:
    """Fires from another process; the warm-up is left out, whatever was refused is counted."""
    order = shooter.order_of(port, shots, rate=RATE, threads=THREADS)
    program = [sys.executable, str(ROOT / "bench/parts/shooter.py")]
    limit = len(shots) / RATE + 30
    done = subprocess.run(program, input=order, capture_output=True, text=True, check=True, timeout=limit)
    results = json.loads(done.stdout)
    counted = sorted(results, key=lambda r: r["planned"])[WARM_UP * RATE :]
    measured = summary([r["seconds"] * 1000 for r in counted])
    return measured | {
        "errors": sum(not r["good"] for r in results),
        "sent_late_p99": summary([r["late"] * 1000 for r in counted])["p99"],
        "rate": RATE,
    }


def prepare(table: Path) -> tuple[list[Any], list[str]]:
    """A site of its own: schema, a trained and promoted model, keys. Returns the table's rows and the keys."""
    manage("migrate", "-v0")
    manage("createcachetable")
    manage("train", "revenue", "--csv", str(table), "--promote", "--json")
    import django

    django.setup()
    from django.utils import timezone

    from service_provider.adapters.files import read_transactions
    from service_provider.queries.access import COMMAND
    from service_provider.services import keys

    rows = read_transactions(table).rows
    made = [keys.make(f"till {n}", ("predict",), by=COMMAND, now=timezone.now()).secret for n in range(TILLS)]
    return rows, made


def measure(folder: Path, *, data: Path | None, quick: bool) -> dict[str, Any]:
    from parts import published

    table, table_name = table_of(data, folder, quick=quick)
    say(f"training on {table_name}")
    rows, secrets = prepare(table)
    say("calling the model")
    model = model_call(rows, 2_000 if quick else 20_000)
    seconds = 10 if quick else 20
    port = free_port()
    say(f"{RATE} requests/s for {WARM_UP + seconds} s against the running site")
    with site(port):
        http = load(port, api_shots(rows, secrets, RATE * (WARM_UP + seconds)))
    say("predicting the published way")
    times = [published.predict(table, rows[0].tid) * 1000 for _ in range(1 if quick else 3)]
    reference = statistics.median(times)
    return {
        "name": "prediction",
        "unit": "ms per prediction",
        "ours": http["p50"],
        "reference": round(reference, 1),
        "reference_name": "the published way: train inside the request",
        "ratio": round(reference / http["p50"], 1),
        "p50": http["p50"],
        "p99": http["p99"],
        "n": http["n"],
        "table": table_name,
        "rows": len(rows),
        "model_call": model,
        "model_ratio": round(reference / model["p50"]),
        "http": http,
        "holds": {
            "at least 1,000 times faster": reference / http["p50"] >= ENOUGH,
            "p99 of the model call under 1 ms": model["p99"] < MODEL_LIMIT_MS,
            "p99 of the HTTP request under 25 ms at 50 requests/s": http["p99"] < HTTP_LIMIT_MS
            and not http["errors"],
        },
    }


def show(result: dict[str, Any]) -> None:
    print(f"Table: {result['table']} ({result['rows']} rows)")
    print(f"{'':36}{'p50 ms':>12}{'p99 ms':>12}{'n':>8}")
    for name, part in (("model call", result["model_call"]), ("HTTP request at 50/s", result["http"])):
        print(f"{name:36}{part['p50']:12.3f}{part['p99']:12.3f}{part['n']:8}")
    print(f"{'published: trains inside the request':36}{result['reference']:12.1f}")
    print(
        f"Times faster, whole request: {result['ratio']:,.0f}; the model call alone: {result['model_ratio']:,.0f}"
    )
    for claim, holds in result["holds"].items():
        print(f"{'yes' if holds else 'NO':>4}  {claim}")


def main() -> int:
    given = parser_of(__doc__, data="folder of public tables").parse_args()
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "shopping_mall.settings", "MALL_DEMO": "1", "MALL_VAR": name, "DATABASE_URL": "",
        }  # fmt: skip
        result = measure(Path(name), data=given.data, quick=given.quick)
    return tell(result, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
