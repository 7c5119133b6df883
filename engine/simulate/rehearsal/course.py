"""A rehearsal: every policy in the same worlds, with the same shocks, against yardsticks that know the truth.

Rules and sources: docs/algorithms/rehearsal.md. The worlds in which policies learn are others than those in
which they are compared. Money in the smallest unit.
"""

from collections.abc import Generator, Mapping
from math import isfinite

from engine.contracts import DEPTHS, POLICIES, Policy, Progress, RehearsalReport, RehearsalSettings
from engine.simulate.mall.days import WorldSettings
from engine.simulate.rehearsal.comparison import Runs, report
from engine.simulate.rehearsal.contestants import Prepared, models_of, policy_of, prepare
from engine.simulate.rehearsal.inloop import Outcome, rehearse_clairvoyant, rehearse_one

MOST_SHOPPERS, MOST_DAYS, MOST_SEEDS = 50_000, 180, 200
CURVE_RATES = (0.1, 0.25, 0.5, 1.0)  # of what treat_all would spend
CURVE_POLICIES = ("random", "uplift_rank", "observable")
CURVE_SEEDS = 5


class RehearsalRefused(Exception):
    """These settings cannot be rehearsed; the text says why."""


def rehearse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
    """Learns once, then runs every policy in every seed's world. RehearsalRefused carries text for people."""
    check(settings)
    try:
        prepared = yield from prepare(settings)
    except ValueError as fault:
        raise RehearsalRefused(f"Too little to learn from: {fault} Take more training points.") from fault
    policies = {
        task: policy_of(prepared, task[0], rate=task[1]) for task in _tasks(settings) if _is_set(task)
    }
    runs: list[Runs] = []
    for place in range(settings.seeds):
        runs.append((yield from run_seed(prepared, policies, settings.first_seed + place, place=place)))
    return report(settings, prepared.budget_minor(settings.budget_rate), runs)


Task = tuple[str, float]  # a policy and its share of the budget


def _is_set(task: Task) -> bool:
    return task[0] not in ("none", "clairvoyant")


def _tasks(settings: RehearsalSettings) -> list[Task]:
    names = dict.fromkeys(("none", "observable", *settings.policies))
    rates = [rate for rate in CURVE_RATES if rate != settings.budget_rate]
    return [(name, settings.budget_rate) for name in names] + [
        (name, rate) for rate in rates for name in CURVE_POLICIES if name in names
    ]


def check(settings: RehearsalSettings) -> None:
    """RehearsalRefused for settings out of bounds."""
    bounds = (
        ("shoppers", settings.shoppers, 1, MOST_SHOPPERS),
        ("days", settings.days, 1, MOST_DAYS),
        ("seeds", settings.seeds, 1, MOST_SEEDS),
        ("the first seed", settings.first_seed, 0, 2**62),
        ("training points", settings.training_points, 2_000, 1_000_000),
        ("the budget's share", settings.budget_rate, 1e-6, 1.0),
        ("the margins' scale", settings.margin_scale, 0.05, 5.0),
    )
    for name, value, low, high in bounds:
        if not isfinite(value) or not low <= value <= high:
            raise RehearsalRefused(f"{value} will not do for {name}: {low} to {high} was expected.")
    unknown = [name for name in settings.policies if name not in POLICIES]
    if unknown or not settings.policies:
        asked = ", ".join(unknown) or "nothing"
        raise RehearsalRefused(f"There is no policy {asked}: there are {', '.join(POLICIES)}.")
    if settings.depth not in DEPTHS:
        depths = ", ".join(map(str, DEPTHS))
        raise RehearsalRefused(f"{settings.depth} is no depth of a coupon here: {depths} are.")


def run_seed(
    prepared: Prepared, policies: Mapping[Task, Policy], seed: int, *, place: int
) -> Generator[Progress, None, Runs]:
    """Every policy in the world of one seed; for the first few seeds also the curve of value against budget."""
    settings = prepared.settings
    tasks = _tasks(settings)
    here = [task for task in tasks if task[1] == settings.budget_rate or place < CURVE_SEEDS]
    found: dict[Task, Outcome] = {}
    for number, task in enumerate(here):
        name = task[0].replace("_", " ")
        yield Progress(f"Seed {seed}: {name}", place * len(tasks) + number, settings.seeds * len(tasks))
        found[task] = _run(prepared, policies.get(task), seed, task)
    outcomes = {name: outcome for (name, rate), outcome in found.items() if rate == settings.budget_rate}
    curve = {task: outcome for task, outcome in found.items() if task[1] != settings.budget_rate}
    return Runs(seed, outcomes, curve)


def _run(prepared: Prepared, policy: Policy | None, seed: int, task: Task) -> Outcome:
    settings, (name, rate) = prepared.settings, task
    world = WorldSettings(settings.shoppers, settings.days, seed, margin_scale=settings.margin_scale)
    budget = prepared.budget_minor(rate)
    if name == "clairvoyant":
        return rehearse_clairvoyant(world, budget_minor=budget)
    return rehearse_one(world, policy, models_of(prepared, name), budget_minor=budget)
