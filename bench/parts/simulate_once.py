"""One run of the simulated mall in a process of its own: `python simulate_once.py KIND SHOPPERS DAYS SEED`.

KIND is world (its days are walked), policy (a policy decides at every decision point) or files (everything is
written down and thrown away). Writes one JSON object to standard output.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import numpy as np  # noqa: E402

from engine.policy.baselines import UpliftRank  # noqa: E402
from engine.simulate import history  # noqa: E402
from engine.simulate.history import WorldSettings  # noqa: E402
from engine.simulate.mall import days  # noqa: E402
from engine.simulate.mall.columns import DecisionColumns  # noqa: E402
from engine.simulate.mall.days import open_mall  # noqa: E402
from engine.simulate.rehearsal.inloop import Deciding  # noqa: E402
from engine.simulate.rehearsal.models import Ahead, ChanceModels, fit_chances  # noqa: E402

ARM, LEAST_UPLIFT = 2, 0.01  # the standard coupon, where it adds a hundredth
LEARNED_FROM = (3_000, 60, 0)  # shoppers, days and seed of a mall that is not measured

Days = Generator[None, None, int]
"""One step a day; the result is the number of events."""


def world(settings: WorldSettings) -> Days:
    events = 0
    for day in history.days(settings):
        events += len(day.events.shopper)
        yield
    return events


def policy(settings: WorldSettings) -> Days:
    """Uplift-rank decides at every decision point; what it needs is learned before the clock starts."""
    models = _learned()
    return _decided(settings, models)


def _learned() -> ChanceModels:
    """From a random slice of another mall: no coupon or the standard one, by chance alone."""
    mall = open_mall(WorldSettings(*LEARNED_FROM))
    watch = history.Legacy(mall, random_share=1.0, arms=(0, ARM))
    parts = [watch.decisions(ends) for _, ends, _ in days.run(mall, watch=watch)]
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in DecisionColumns.__slots__)
    return fit_chances(DecisionColumns(*columns), arm=ARM, seed=0)


def _decided(settings: WorldSettings, models: ChanceModels) -> Days:
    mall = open_mall(settings)
    watch = Deciding(mall, UpliftRank(LEAST_UPLIFT, ARM), Ahead(models), budget_minor=None)
    clicks = 0
    for _, _, trails in days.run(mall, watch=watch, keep=True):
        clicks += sum(len(trail.visit) for trail in trails)
        yield
    return clicks


def files(settings: WorldSettings) -> Days:
    from service_provider.adapters.mall_files import source, writer

    with tempfile.TemporaryDirectory(prefix="mall-") as folder:
        manifest = yield from _quiet(writer.write_mall(source.source_of(settings), Path(folder)))
        return manifest.files[writer.EVENTS].rows


def _quiet(steps: Generator) -> Generator:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        yield


def main() -> None:
    kind, shoppers, length, seed = sys.argv[1], *map(int, sys.argv[2:])
    steps = {"world": world, "policy": policy, "files": files}[kind](WorldSettings(shoppers, length, seed))
    started, cpu = time.perf_counter(), time.process_time()
    last = started
    gaps: list[float] = []
    while True:
        try:
            next(steps)
        except StopIteration as end:
            events = end.value
            break
        gaps.append(time.perf_counter() - last)
        last = time.perf_counter()
    facts = {
        "shoppers": shoppers,
        "days": length,
        "events": events,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "gaps": gaps,
    }
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
