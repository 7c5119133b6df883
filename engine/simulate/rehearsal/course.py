"""A rehearsal: every policy in the same worlds, with the same shocks, against yardsticks that know the truth.

Rules and sources: docs/algorithms/rehearsal.md. The worlds in which policies learn are others than those in
which they are compared. Money in the smallest unit.
"""

from collections.abc import Generator, Mapping
from math import isfinite
from typing import TypeVar

from engine.contracts import DEPTHS, POLICIES, Progress, RehearsalReport, RehearsalSettings
from engine.simulate.mall.days import WorldSettings
from engine.simulate.rehearsal.comparison import Runs, report
from engine.simulate.rehearsal.contestants import (
    CHANCES,
    FAMILIES,
    Contest,
    Learned,
    Task,
    ground_of,
    learn,
    line_up,
    wanted,
)
from engine.simulate.rehearsal.grounds import (
    CHECK,
    FULL_POINTS,
    GROUNDS,
    POINTS,
    SLICE,
    Check,
    Ground,
    ground,
)
from engine.simulate.rehearsal.inloop import Outcome, rehearse_clairvoyant, rehearse_one

MOST_SHOPPERS, MOST_DAYS, MOST_SEEDS = 50_000, 180, 200
CURVE_RATES = (0.1, 0.25, 0.5, 1.0)  # of what treat_all would spend
CURVE_POLICIES = ("random", "uplift_rank", "observable")
CURVE_SEEDS = 5
T = TypeVar("T")


class RehearsalRefused(Exception):
    """These settings cannot be rehearsed; the text says why."""


def rehearse(settings: RehearsalSettings) -> Generator[Progress, None, RehearsalReport]:
    """Learns once, then runs every policy in every seed's world. RehearsalRefused carries text for people.

    One step after the other; whoever has several processors calls the same functions side by side and gets the
    same report.
    """
    check(settings)
    road = Road(settings)
    grounds: dict[str, Ground] = {}
    learned: dict[str, Learned] = {}
    for name in GROUNDS:
        grounds[name] = yield from road.along(name, ground(settings, name))
    for name in wanted(settings):
        learned[name] = yield from road.along(name, learning(settings, name, grounds[ground_of(name)]))
    contest = ready(settings, learned, grounds)
    runs = []
    for place in range(settings.seeds):
        runs.append((yield from road.along(f"seed {place}", seed_runs(contest, place))))
    return report(settings, contest.budget_minor(settings.budget_rate), runs)


class Road:
    """How far a rehearsal is as a whole: each of its parts has a length, about the seconds that it takes."""

    def __init__(self, settings: RehearsalSettings) -> None:
        size = settings.training_points / FULL_POINTS
        self.lengths = {SLICE: 15 * size, POINTS: 40 * size, CHECK: 20 * size, CHANCES: 4 * size}
        self.lengths |= {name: 20 * size for name in FAMILIES if name in wanted(settings)}
        day = settings.shoppers * settings.days / 60_000
        for place in range(settings.seeds):
            self.lengths[f"seed {place}"] = 2.2 * day * len(_of_seed(settings, place))
        self._walked = dict.fromkeys(self.lengths, 0.0)

    def at(self, part: str, step: Progress) -> Progress:
        """The progress of the whole when `part` has come to `step`."""
        self._walked[part] = self.lengths[part] * step.done / max(1, step.total)
        total = sum(self.lengths.values())
        return Progress(step.stage, round(1_000 * sum(self._walked.values()) / total), 1_000)

    def finish(self, part: str) -> None:
        """`part` is done."""
        self._walked[part] = self.lengths[part]

    def along(self, part: str, steps: Generator[Progress, None, T]) -> Generator[Progress, None, T]:
        """The steps of `part` as steps of the whole."""
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                self.finish(part)
                result: T = end.value
                return result
            yield self.at(part, step)


def learning(settings: RehearsalSettings, name: str, given: Ground) -> Generator[Progress, None, Learned]:
    """One of `wanted`. RehearsalRefused where there is too little to learn from."""
    yield Progress("Learning", 0, 1)
    try:
        return learn(settings, name, given)
    except ValueError as fault:
        raise RehearsalRefused(f"Too little to learn from. {fault} Take more training points.") from fault


def ready(
    settings: RehearsalSettings, learned: Mapping[str, Learned], grounds: Mapping[str, Ground]
) -> Contest:
    """The policies, set on the check."""
    held = grounds[CHECK]
    if not isinstance(held, Check):
        raise TypeError(f"Thresholds are not set on {type(held).__name__}.")
    return line_up(settings, learned, held, _tasks(settings))


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


def _tasks(settings: RehearsalSettings) -> list[Task]:
    names = dict.fromkeys(("none", "observable", *settings.policies))
    rates = [rate for rate in CURVE_RATES if rate != settings.budget_rate]
    return [(name, settings.budget_rate) for name in names] + [
        (name, rate) for rate in rates for name in CURVE_POLICIES if name in names
    ]


def _of_seed(settings: RehearsalSettings, place: int) -> list[Task]:
    """The tasks of one seed: the first few also walk the curve of value against budget."""
    return [task for task in _tasks(settings) if task[1] == settings.budget_rate or place < CURVE_SEEDS]


def seed_runs(contest: Contest, place: int) -> Generator[Progress, None, Runs]:
    """Every policy in the world of the seed first_seed + `place`."""
    settings, tasks = contest.settings, _of_seed(contest.settings, place)
    seed = settings.first_seed + place
    found: dict[Task, Outcome] = {}
    for number, task in enumerate(tasks):
        yield Progress(f"Seed {seed}: {task[0].replace('_', ' ')}", number, len(tasks))
        found[task] = _run(contest, seed, task)
    outcomes = {name: outcome for (name, rate), outcome in found.items() if rate == settings.budget_rate}
    curve = {task: outcome for task, outcome in found.items() if task[1] != settings.budget_rate}
    return Runs(seed, outcomes, curve)


def _run(contest: Contest, seed: int, task: Task) -> Outcome:
    settings, (name, rate) = contest.settings, task
    world = WorldSettings(settings.shoppers, settings.days, seed, margin_scale=settings.margin_scale)
    budget = contest.budget_minor(rate)
    if name == "clairvoyant":
        return rehearse_clairvoyant(world, budget_minor=budget)
    return rehearse_one(world, contest.policies.get(task), contest.models_of(name), budget_minor=budget)
