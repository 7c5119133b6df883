"""Events from a file into the ledger, beside a bare `executemany` of the same rows into the same table.

Ours reads and checks the file, gives each row its id, finds what is known already, makes shoppers, visits and orders,
and commits every 25,000 events; the reference only inserts finished rows, in one transaction. Must hold: at least
half as fast, and at least 10,000 events/s. On SQLite, or where DATABASE_URL says (an empty database).
"""

import csv
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from parts.asked import parser_of, tell  # noqa: E402

ROWS, QUICK_ROWS, ROUNDS = 300_000, 100_000, 3
ENOUGH, HALF = 10_000, 0.5
HEADER = ("shopper_id", "occurred_at", "kind", "product_id", "category", "price", "quantity", "visit_id")
KINDS = {
    "product_view": 60, "page_view": 15, "category_view": 10, "add_to_cart": 8, "search": 4, "purchase": 3,
}  # fmt: skip
COLUMNS = (
    "event_id", "occurred_ms", "received_ms", "kind", "product_id", "category", "price_minor", "quantity", "visit_id",
)  # fmt: skip


def write_log(path: Path, rows: int) -> None:
    """A log of a mall: sixty visits at a time, about six events each, in the order of their moments."""
    draw = random.Random(1)
    kinds = draw.choices(list(KINDS), KINDS.values(), k=rows)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    visits: list[tuple[str, str]] = []
    with path.open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(HEADER)
        for number, kind in enumerate(kinds):
            moment += timedelta(milliseconds=draw.randrange(200))
            if len(visits) < 60 or number % 6 == 0:
                visits = [*visits[-59:], (f"shopper-{draw.randrange(rows // 30)}", f"visit-{number}")]
            shopper, visit = draw.choice(visits)
            product = draw.randrange(2000)
            price = f"{5 + product * 37 % 9000 / 100:.2f}"
            written = moment.isoformat(timespec="milliseconds")
            out.writerow(
                (shopper, written, kind, f"P{product:05}", f"Category {product % 8}", price, 1, visit)
            )


def empty() -> None:
    """No shopper, visit, event or order; on SQLite their pages are given back too."""
    from django.db import connection

    from service_provider.models import Event, Order, OrderLine, Shopper, Visit

    with connection.cursor() as cursor:
        for model in (OrderLine, Order, Event, Visit, Shopper):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    tidy()


def tidy() -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def ours(path: Path) -> tuple[float, list[float]]:
    """Seconds for the whole import, and milliseconds for each batch that was written."""
    from django.utils import timezone

    from service_provider.jobs import event_import

    start = before = time.perf_counter()
    batches = []
    for step in event_import.import_in_steps(event_import.Source(path, path.name), now=timezone.now):
        moment = time.perf_counter()
        if step.stage == "Writing to the ledger":
            batches.append((moment - before) * 1000)
        before = moment
    return time.perf_counter() - start, batches


def reference() -> float:
    """Seconds to insert the rows that ours left in the table, the table being empty again."""
    from django.db import connection, transaction

    names, marks = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM event ORDER BY id")
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM shop_order_line")
        cursor.execute("DELETE FROM event")
    tidy()
    start = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO event ({names}) VALUES ({marks})", rows)
    return time.perf_counter() - start


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    rows = QUICK_ROWS if quick else ROWS
    write_log(folder / "log.csv", rows)
    mine, bare, batches = [], [], []
    for number in range(ROUNDS):
        print(f"... round {number + 1} of {ROUNDS}: {rows:,} events", file=sys.stderr, flush=True)
        empty()
        seconds, taken = ours(folder / "log.csv")
        mine.append(seconds)
        batches += taken
        bare.append(reference())
    speed, peer = rows / statistics.median(mine), rows / statistics.median(bare)
    cuts = statistics.quantiles(batches, n=100, method="inclusive")
    return {
        "name": "imports",
        "unit": "events/s",
        "ours": round(speed),
        "reference": round(peer),
        "reference_name": "bare executemany of the same rows",
        "ratio": round(speed / peer, 3),
        "p50": round(cuts[49], 1),
        "p99": round(cuts[98], 1),
        "n": rows,
        "database": connection.vendor,
        "rounds": [round(b / a, 3) for a, b in zip(mine, bare, strict=True)],
        "holds": {
            "at least 10,000 events/s": speed >= ENOUGH,
            "at least half of a bare executemany": speed / peer >= HALF,
        },
    }


def show(result: dict[str, Any]) -> None:
    print(f"{result['n']:,} events into {result['database']}, the median of {ROUNDS} rounds")
    print(f"{'ours: read, check, store':40}{result['ours']:12,} events/s")
    print(f"{result['reference_name']:40}{result['reference']:12,} events/s")
    print(f"{'ratio':40}{result['ratio']:12.2f}")
    print(f"{'a batch of 25,000, p50 and p99':40}{result['p50']:12.0f} ms {result['p99']:8.0f} ms")
    for claim, holds in result["holds"].items():
        print(f"{'yes' if holds else 'NO':>4}  {claim}")


def main() -> int:
    given = parser_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "shopping_mall.settings", "MALL_DEMO": "1", "MALL_VAR": name}
        os.environ.setdefault("DATABASE_URL", "")
        result = measure(Path(name), quick=given.quick)
    return tell(result, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
