"""One training in a process of its own, so that its memory is its own: `python train_once.py ROWS SEED`.

Writes one JSON object to standard output.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from engine.revenue import fit  # noqa: E402
from engine.simulate import transactions  # noqa: E402


def main() -> None:
    rows = transactions.generate(int(sys.argv[1]), seed=int(sys.argv[2]))
    best = transactions.best_reachable_accuracy(rows)
    started = last = time.perf_counter()
    steps = fit.train(rows, seed=0, clock=time.perf_counter, best_reachable_accuracy=best)
    gaps: list[float] = []
    while True:
        try:
            next(steps)
        except StopIteration as end:
            trained = end.value
            break
        gaps.append(time.perf_counter() - last)
        last = time.perf_counter()
    vote = trained.report.model("vote")
    facts = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "gaps": gaps,
        "fit_seconds": {row.name: row.fit_seconds for row in trained.report.models},
        "vote_cv_accuracy": vote.metrics["cv_accuracy"].value,
        "majority_rate": trained.report.majority_rate,
        "best_reachable_accuracy": best,
        "artefact_bytes": len(trained.artefact),
        "notes": trained.report.notes,
    }
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
