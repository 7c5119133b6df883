"""Training: all of phase 0 on generated transactions, beside the published way's time per row.

Must hold: 100,000 rows with 80/20 and 5-fold in under 5 minutes and 2 GB on two cores, one BLAS thread. Ours is
nine models on six splits and the final fit; the published way is one training on the ids of 2,499 rows, as it
happens inside each of its predictions.
"""

import json
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from parts import published  # noqa: E402
from parts.asked import parser_of, tell  # noqa: E402

ROWS, QUICK_ROWS, SEED = 100_000, 5_000, 1
REFERENCE_ROWS, QUICK_REFERENCE_ROWS = 2_499, 600
FITS = (
    6 * (4 + 1 + 1 + 4) + 4
)  # splits x (members, forest, neighbours, id-only members), and the final members
REFERENCE_FITS = 2 * 4  # its members one by one, and again inside the vote
LIMIT_SECONDS, LIMIT_MB = 300, 2048
PUBLISHED_TABLE = "mall_transactions/transactions_2499.csv.xz"
DEMO = ROOT / "datasets/demo_transactions/demo_transactions.csv"


def measure_ours(rows: int) -> dict[str, Any]:
    """A fresh process, so that its peak of memory is its own."""
    command = [sys.executable, str(ROOT / "bench/parts/train_once.py"), str(rows), str(SEED)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def measure_reference(data: Path | None, rows: int) -> tuple[float, int, str]:
    """Seconds of one published training, its rows, and the table it ran on."""
    given = data / PUBLISHED_TABLE if data else None
    if given and given.is_file():
        text, name = lzma.decompress(given.read_bytes()).decode(), "the published table"
    else:
        text, name = DEMO.read_text(), "datasets/demo_transactions"
    lines = text.splitlines(keepends=True)[: rows + 1]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        table.write_text("".join(lines))
        return published.predict(table, lines[1].split(",")[0]), len(lines) - 1, name


def result(rows: int, ours: dict[str, Any], reference: tuple[float, int, str]) -> dict[str, Any]:
    seconds, reference_rows, name = reference
    gaps = ours.pop("gaps")
    per_row = 1000 * ours["seconds"] / rows / FITS
    published_per_row = 1000 * seconds / reference_rows / REFERENCE_FITS
    return {
        "name": "training",
        "unit": "ms per row and fitted model, less is better",
        "ours": per_row,
        "reference": published_per_row,
        "reference_name": f"the published way on {reference_rows} rows of {name}",
        "ratio": published_per_row / per_row,
        "p50": 1000 * statistics.median(gaps),
        "p99": 1000 * sorted(gaps)[int(0.99 * (len(gaps) - 1))],
        "longest_silence_seconds": max(gaps),
        "n": rows,
        "split": "stratified 80/20 and 5-fold",
        "seed": SEED,
        "limit_seconds": LIMIT_SECONDS,
        "limit_mb": LIMIT_MB,
        "holds": ours["seconds"] < LIMIT_SECONDS and ours["peak_mb"] < LIMIT_MB,
        **ours,
    }


def show(found: dict[str, Any]) -> None:
    of = found
    print(f"{of['n']:,} rows, {of['split']}, seed {of['seed']}, one thread")
    print(
        f"  ours       {of['seconds']:8.1f} s  {of['ours']:8.4f} ms a row and model  {of['peak_mb']:6.0f} MB at most"
    )
    print(f"  published              {of['reference']:8.4f} ms a row and model  ({of['reference_name']})")
    print(
        f"  {of['ratio']:.1f} times less; at most {of['longest_silence_seconds']:.1f} s between two signs of life"
    )
    print(f"  vote {of['vote_cv_accuracy']:.3f}, majority {of['majority_rate']:.3f}")
    print(f"  best reachable {of['best_reachable_accuracy']:.3f}")
    print(f"  under {LIMIT_SECONDS} s and {LIMIT_MB} MB: {'holds' if of['holds'] else 'does not hold'}")


def main() -> int:
    parser = parser_of(
        __doc__, quick=f"{QUICK_ROWS:,} rows, within a minute", data="folder of the public tables"
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    rows = QUICK_ROWS if given.quick else given.rows
    ours = measure_ours(rows)
    reference = measure_reference(given.data, QUICK_REFERENCE_ROWS if given.quick else REFERENCE_ROWS)
    found = result(rows, ours, reference)
    return tell(found, show, as_json=given.json)


if __name__ == "__main__":
    raise SystemExit(main())
