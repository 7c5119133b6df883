"""Training and measuring the ladder: from a log of events to a report, and to the artefact that serves."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.churn import report, splits, windows
from engine.churn.ladder import artefact
from engine.churn.ladder.assessed import Assessed, by_name
from engine.churn.ladder.bound import Bound
from engine.churn.ladder.choice import Choice, choose, top
from engine.churn.ladder.climb import ON_NETS, Climbed, climb
from engine.churn.ladder.figures import losses
from engine.churn.ladder.own_nets import OwnNets
from engine.churn.ladder.settings import LadderSettings
from engine.churn.ladder.shipped import Shipped
from engine.churn.ladder.tested import Tested, validated
from engine.churn.rungs.fitted import Clock, TrainingRefused
from engine.churn.splits import Parts
from engine.churn.windows import EventLog, Windows
from engine.contracts import ChurnReport, Measure, Progress, VisitState

__all__ = ["LadderSettings", "Trained", "TrainingRefused", "assess", "evaluate", "train"]

FALLBACK = "grouped:5"
Asked = Callable[[Windows], Generator[Progress, None, Bound]]
IsPoint = Callable[[VisitState], bool]


@dataclass(frozen=True)
class Trained:
    """A report, the rung that it chose as bytes, and what that said of the test: by these gates are measured.
    `beside`: where the ladder holds shipped rungs, each of them and the best that learnt here, as if it were chosen."""

    report: ChurnReport
    artefact: bytes
    test: Windows
    said: NDArray[np.float64]  # (n,) calibrated chances of churn, by the learner itself
    fingerprint: str = ""  # of all windows
    shipped_off: float | None = None  # how far a shipped rung was from its learner, at its own check rows
    beside: tuple["Trained", ...] = ()


def evaluate(
    log: EventLog,
    *,
    seed: int,
    clock: Clock,
    settings: LadderSettings,
    until_ms: int,
    bound: Asked | None = None,
) -> Generator[Progress, None, ChurnReport]:
    """What each rung is worth on `log` as it was at `until_ms`. TrainingRefused, in words, for too little."""
    made = yield from _windows(log, settings, until_ms=until_ms, seed=seed)
    found, _, _ = yield from assess(made, seed=seed, clock=clock, settings=settings, bound=bound)
    return found


def train(
    log: EventLog,
    *,
    seed: int,
    clock: Clock,
    settings: LadderSettings,
    until_ms: int,
    state: bytes | None = None,
    is_point: IsPoint | None = None,
) -> Generator[Progress, None, Trained]:
    """As `evaluate`, and the chosen rung of the first split as an artefact. Progress carries checkpoints of the
    nets; with one as `state` the nets go on. The same log, seed and settings give the same artefact."""
    made = yield from _windows(log, settings, until_ms=until_ms, seed=seed, is_point=is_point)
    found = yield from _assess(made, seed=seed, clock=clock, settings=settings, state=state)
    yield Progress("Writing the artefact", 0, 1)
    beside = [_trained(found, made, choice, seed=seed) for choice in found.beside(settings.shipped)]
    return replace(_trained(found, made, found.choice, seed=seed), beside=tuple(beside))


def _trained(found: Assessed, made: Windows, choice: Choice, *, seed: int) -> Trained:
    climbed = found.climbs[0]
    rung = climbed.rungs[choice.rung]
    return Trained(
        found.report_of(choice),
        artefact.pack(climbed, choice, made, seed=seed),
        made.take(climbed.parts.test),
        climbed.test[choice.rung],
        artefact.fingerprint(made),
        rung.model.off if isinstance(rung, Shipped) else None,
    )


def _windows(
    log: EventLog, settings: LadderSettings, *, until_ms: int, seed: int, is_point: IsPoint | None = None
) -> Generator[Progress, None, Windows]:
    if not log.visits:
        raise TrainingRefused("There is no visit to learn from.")
    words = windows.words_of(log, until_ms=_learning_end(log, settings))
    return (
        yield from windows.make(
            log,
            until_ms=until_ms,
            at=settings.at,
            extra=settings.extra,
            words=words,
            seed=seed,
            is_point=is_point,
        )
    )


def _learning_end(log: EventLog, settings: LadderSettings) -> int:
    """Until when words are learnt: the end of the learning part, about; folds share their words."""
    if settings.folds:
        return windows.NEVER
    return int(np.quantile(log.at_ms, splits.SHARES[0], method="lower"))


def assess(
    made: Windows,
    *,
    seed: int,
    clock: Clock,
    settings: LadderSettings,
    bound: Asked | None = None,
    state: bytes | None = None,
) -> Generator[Progress, None, tuple[ChurnReport, Choice, Climbed]]:
    """The report on windows that are made, the choice, and the rungs of the first split."""
    steps = _assess(made, seed=seed, clock=clock, settings=settings, bound=bound, state=state)
    found = yield from steps
    return found.report, found.choice, found.climbs[0]


def _assess(
    made: Windows,
    *,
    seed: int,
    clock: Clock,
    settings: LadderSettings,
    bound: Asked | None = None,
    state: bytes | None = None,
) -> Generator[Progress, None, Assessed]:
    asked = made.to_leave() if settings.target == "exit" else made
    split, parts, notes = _split(asked, settings, seed)
    climbs: list[Climbed] = []
    for part in parts:
        steps = climb(asked, part, settings, seed=seed, clock=clock, state=None if climbs else state)
        climbs.append((yield from steps))
    names = [name for name in climbs[0].test if all(name in one.test for one in climbs)]
    choice, tested = choose(*validated(asked, climbs, names)), Tested.of(asked, climbs)
    windows_ = asked.take(tested.places)
    known = (yield from bound(windows_)) if bound is not None else None
    more = yield from _other_seeds(asked, parts[0], choice, settings, seed=seed, clock=clock)
    yield Progress("Reckoning the figures", 0, 1)
    scores = report.Scores(
        windows=windows_,
        churn={name: tested.said(name) for name in names},
        threshold=tested.spread([top(one.held_out(choice.rung)) for one in climbs]),
        never_seen=tested.never_seen(),
        base=tested.spread([1.0 - float(asked.bought[one.parts.train].mean()) for one in climbs]),
        seconds={name: sum(one.seconds[name] for one in climbs) for name in names},
        micros={name: climbs[0].micros[name] for name in names},
        calibrated_by=by_name(asked, climbs[0], choice.rung),
        own_gains=_own_gains(asked, climbs[0]),
        bound=known,
        protocol=_protocol(made, settings) | more,
        split=split,
        seed=seed,
        seeds=settings.seeds,
        target=settings.target,
        notes=tuple(dict.fromkeys([*notes, *_notes(climbs), *([known.note] if known else [])])),
    )
    return Assessed(asked, climbs, tested, scores, report.assemble(scores, choice), choice)


def _protocol(made: Windows, settings: LadderSettings) -> dict[str, Any]:
    plain = {"target": settings.target, "at": list(made.moments), "epochs": settings.epochs}
    return plain | ({"shipped": sorted(settings.shipped)} if settings.shipped else {})


def _split(
    windows_: Windows, settings: LadderSettings, seed: int
) -> tuple[str, list[Parts], tuple[str, ...]]:
    """The split's name, its parts, and what is to be said of it."""
    folds, notes = settings.folds, tuple[str, ...]()
    if not len(windows_):
        raise TrainingRefused("No visit is long enough to be asked about at these moments.")
    if not folds and (days := splits.days_of(windows_)) < splits.SHORT_DAYS:
        folds = LadderSettings(split=FALLBACK).folds
        notes = (
            f"The log spans {days:.1f} days, fewer than {splits.SHORT_DAYS}: {folds} folds of shoppers were taken "
            "in place of a split by time.",
        )
    if not folds:
        return "by time, a day left out after each cut", [splits.by_time(windows_, seed=seed)], notes
    try:
        return (
            f"grouped by shopper, {folds} folds",
            list(splits.grouped(windows_, folds=folds, seed=seed)),
            notes,
        )
    except ValueError as fault:
        raise TrainingRefused(str(fault)) from fault


def _notes(climbs: list[Climbed]) -> list[str]:
    return [note for one in climbs for note in one.notes]


def _own_gains(windows_: Windows, climbed: Climbed) -> dict[str, tuple[Measure, bool]]:
    nets = climbed.rungs.get("b4_segments")
    if not isinstance(nets, OwnNets):
        return {}
    names = windows_.words.segments
    return {names[place]: (gain, place in nets.kept) for place, gain in nets.gains.items()}


def _other_seeds(
    windows_: Windows, part: Parts, choice: Choice, settings: LadderSettings, *, seed: int, clock: Clock
) -> Generator[Progress, None, dict[str, dict[str, list[float]]]]:
    """Log-loss on the first split's test of the chosen rung and the published net, one for each further seed."""
    found: dict[str, list[float]] = {}
    rungs = {choice.rung, "b4"} | ({"b4", "b5"} if choice.rung in ON_NETS else set())
    rungs -= settings.shipped.keys()  # no seed of ours made these
    fewer = replace(settings, rungs=tuple(name for name in settings.rungs if name in rungs), shipped={})
    for other in range(seed + 1, seed + settings.seeds):
        climbed = yield from climb(windows_, part, fewer, seed=other, clock=clock)
        rows = windows_.moment[part.test] >= 0
        bought = windows_.bought[part.test][rows].astype(np.float64)
        for name in sorted({choice.rung, "b4"} & set(climbed.test)):
            found.setdefault(name, []).append(float(losses(bought, climbed.test[name][rows]).mean()))
    return {"log_loss_of_other_seeds": found} if found else {}
