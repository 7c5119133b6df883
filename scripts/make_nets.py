"""Trains the nets that the project ships on a simulated mall and writes them, with their card, to datasets/nets/.

The same settings give the same files on the same machine: seed, size and the fingerprint of the data are in the card.
"""

import argparse
import json
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from threadpoolctl import threadpool_limits  # noqa: E402

from engine.churn import fit, serve, windows  # noqa: E402
from engine.churn.ladder import artefact  # noqa: E402
from engine.churn.ladder.choice import Choice, top  # noqa: E402
from engine.churn.ladder.settings import LadderSettings  # noqa: E402
from engine.contracts import RUNG_NAMES, ChurnReport, Progress  # noqa: E402
from engine.simulate import untreated  # noqa: E402
from engine.simulate.mall.days import WorldSettings  # noqa: E402

SHOPPERS, DAYS, SEED, EPOCHS = 26_000, 40, 20_260, 8
SHIPPED = ("b4", "b5", "b7")
RUNGS = ("b0", "b3", *SHIPPED)
MOST_BYTES = 2_000_000
PAGE = """# Nets

Nets of the churn ladder, trained by this project on its simulated mall, as the ONNX artefacts that serve.
What they are: [docs/algorithms/churn_nets.md](../../docs/algorithms/churn_nets.md).

{head}

| file | rung | bytes | sha256 |
|---|---|---|---|
{files}

**Source.** `make nets` (PyTorch, `requirements-nets.txt`; `{command}`). No visit is a real one.
On another processor the last bits, and with them the checksums, may differ.

**Licence.** CC0 1.0: do with it what you like.

## Figures

On {rows} windows of visits later than those that were learnt from ({split}), all moments together, each with its
95 % interval by shopper. `bayes_share` is the part of the Bayes filter's expected gain over b0 in log-loss. The
same command prints them again.

| rung | | {metrics} |
|---|---|{lines}
{figures}
"""
METRICS = ("log_loss", "roc_auc", "ece", "bayes_share")


@dataclass(frozen=True)
class Made:
    """What was trained, and what it is worth."""

    report: ChurnReport
    files: dict[str, bytes]
    fingerprint: str
    visits: int


def watch(steps: Generator[Progress, None, Any]) -> Any:
    """What the work returns; its stages are told once each."""
    told = ""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        stage = f"{step.stage.partition(',')[0]} {step.done} of {step.total}"
        if stage != told and (step.state is not None or step.done == 0):
            print(stage, file=sys.stderr, flush=True)
        told = stage


def train(world: WorldSettings, *, epochs: int) -> Made:
    """Every rung of RUNGS on the mall without coupons, split by time."""
    settings = LadderSettings(rungs=RUNGS, epochs=epochs)
    watched = watch(untreated.run(world))
    made = watch(windows.make(watched.log, until_ms=windows.NEVER, extra=settings.extra, seed=world.seed))
    steps = fit.assess(
        made, seed=world.seed, clock=time.perf_counter, settings=settings, bound=untreated.bound(watched)
    )
    report, _, climbed = watch(steps)
    files = {}
    for rung in SHIPPED:
        choice = Choice(rung, "Shipped with the project.", top(climbed.validation[rung]))
        files[f"{rung}.model"] = artefact.pack(climbed, choice, made, seed=world.seed)
        serve.load(files[f"{rung}.model"])  # it proves itself before it is kept
    return Made(report, files, artefact.fingerprint(made), watched.log.visits)


def card(world: WorldSettings, made: Made, *, epochs: int) -> str:
    """The page beside the files."""
    pooled = made.report.pooled
    shares = [
        f"| {name} | {RUNG_NAMES.get(name, 'Bayes filter')} | "
        + " | ".join(_measure(pooled.model(name).metrics.get(metric)) for metric in METRICS)
        + " |"
        for name in (*RUNGS, "bayes")
        if any(row.name == name for row in pooled.models)
    ]
    files = [
        f"| {name} | {RUNG_NAMES[name.partition('.')[0]]} | {len(content):,} | `{sha256(content).hexdigest()}` |"
        for name, content in sorted(made.files.items())
    ]
    head = {
        "seed": world.seed,
        "shoppers": world.shoppers,
        "days": world.days,
        "epochs": epochs,
        "visits": made.visits,
        "fingerprint": made.fingerprint,
    }
    options = " ".join(f"--{name} {head[name]}" for name in ("shoppers", "days", "seed", "epochs"))
    return PAGE.format(
        head="\n".join(f"- {name}: {value}" for name, value in head.items()),
        files="\n".join(files),
        command=f"scripts/make_nets.py {options}",
        rows=f"{pooled.rows:,}",
        split=pooled.split,
        metrics=" | ".join(METRICS),
        lines="---|" * len(METRICS),
        figures="\n".join(shares),
    )


def _measure(measure: Any) -> str:
    if measure is None:
        return ""
    interval = "" if measure.low is None else f" [{measure.low:.4f}, {measure.high:.4f}]"
    return f"{measure.value:.4f}{interval}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("shoppers", SHOPPERS), ("days", DAYS), ("seed", SEED), ("epochs", EPOCHS)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=ROOT / "datasets" / "nets")
    parser.add_argument("--json", action="store_true", help="end with the report as one JSON object")
    given = parser.parse_args()
    if find_spec("torch") is None:
        print(
            "PyTorch is missing: run `.venv/bin/pip install -r requirements-nets.txt` first.", file=sys.stderr
        )
        return 2
    world = WorldSettings(given.shoppers, given.days, given.seed)
    with threadpool_limits(limits=1):
        made = train(world, epochs=given.epochs)
    if sum(map(len, made.files.values())) > MOST_BYTES:
        print(
            f"The files have more than {MOST_BYTES:,} bytes together; nothing was written.", file=sys.stderr
        )
        return 1
    given.out.mkdir(parents=True, exist_ok=True)
    page = card(world, made, epochs=given.epochs)
    for name, content in (made.files | {"CARD.md": page.encode()}).items():
        half = given.out / f".half-{name}"
        half.write_bytes(content)
        half.replace(given.out / name)
    print(json.dumps(made.report.to_json()) if given.json else page)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
