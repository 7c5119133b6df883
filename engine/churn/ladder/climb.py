"""One split: every rung learns, is calibrated, and says what it would have said of the test."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import artefacts
from engine.churn import calibration, serve
from engine.churn.answers import voices
from engine.churn.calibration import Calibration
from engine.churn.ladder import own_nets, shipped
from engine.churn.ladder.settings import LadderSettings
from engine.churn.rungs import boosting, counting, joined, lines
from engine.churn.rungs.fitted import Clock, Rung, TrainingRefused, check
from engine.churn.splits import Parts
from engine.churn.windows import Windows
from engine.contracts import RUNG_NAMES, RUNGS, Progress

Floats = NDArray[np.float64]
NETS = ("b4", "b4_segments", "b5")
ON_NETS = ("b6", "b7")
NO_TORCH = "Nets were not run: PyTorch is not installed (pip install -r requirements-nets.txt)."
_ASKED = 200  # rows that the time of a score is the median of


@dataclass
class Climbed:
    """What the rungs of one split became. Scores are calibrated chances of churn."""

    parts: Parts
    rungs: dict[str, Rung] = field(default_factory=dict)
    calibrations: dict[str, Calibration] = field(default_factory=dict)
    validation: dict[str, Floats] = field(default_factory=dict)
    calibration: dict[str, Floats] = field(default_factory=dict)
    test: dict[str, Floats] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    micros: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def held_out(self, rung: str) -> Floats:
        """What it said of validation and calibration."""
        return np.concatenate([self.validation[rung], self.calibration[rung]])


def climb(
    windows: Windows,
    parts: Parts,
    settings: LadderSettings,
    *,
    seed: int,
    clock: Clock,
    state: bytes | None = None,
) -> Generator[Progress, None, Climbed]:
    """All rungs that are asked for. TrainingRefused, in words, where a part has nothing to learn from.

    Progress carries the checkpoints of all nets so far; with one as `state` they go on where they were.
    """
    climber = _Climber(windows, parts, settings, seed, clock, state)
    wanted = [name for name in RUNGS if name in settings.rungs]
    for place, name in enumerate(wanted):
        yield Progress(RUNG_NAMES[name], place, len(wanted))
        yield from climber.take(name)
    return climber.done


class _Climber:
    def __init__(
        self,
        windows: Windows,
        parts: Parts,
        settings: LadderSettings,
        seed: int,
        clock: Clock,
        state: bytes | None,
    ) -> None:
        self._windows, self._settings, self._seed, self._clock = windows, settings, seed, clock
        self.done = Climbed(parts)
        places = (parts.train, parts.validation, parts.calibration, parts.test)
        self._train, self._valid, self._calib, self._test = (windows.take(rows) for rows in places)
        check(self._train)
        for name, part in (("validation", self._valid), ("calibration", self._calib)):
            _refuse_one_class(name, part)
        self._states: dict[str, bytes] = artefacts.unpack(state) if state else {}

    def take(self, name: str) -> Generator[Progress, None, None]:
        started, spent = self._clock(), 0.0
        steps = self._fit(name)
        rung: Rung | None = None
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                rung = end.value
                break
            spent += self._clock() - started
            yield self._kept(name, step)
            started = self._clock()
        if rung is not None:
            self._settle(name, rung, spent + self._clock() - started)

    def _kept(self, name: str, step: Progress) -> Progress:
        if step.state is None:
            return step
        self._states[name] = step.state
        return Progress(step.stage, step.done, step.total, artefacts.pack(self._states))

    def _fit(self, name: str) -> Generator[Progress, None, Rung | None]:
        train, valid, seed = self._train, self._valid, self._seed
        if name in self._settings.shipped:
            return shipped.of(name, self._settings.shipped[name])
        if name == "b0":
            return counting.rates(train)
        if name == "b1":
            return counting.chain(train, valid)
        if name == "b2":
            return (yield from lines.regression(train, valid, seed=seed))
        if name == "b2s":
            return (yield from lines.support_vectors(train, valid, seed=seed))
        if name == "b3":
            return (yield from boosting.boosting(train, valid, seed=seed, bags=self._settings.bags))
        if name in NETS:
            return (yield from self._net(name))
        return (yield from self._on_nets(name))

    def _net(self, name: str) -> Generator[Progress, None, Rung | None]:
        if find_spec("torch") is None:
            self._note(NO_TORCH)
            return None
        from engine.churn import nets  # PyTorch may be missing; the ladder is then shorter

        if name == "b4_segments":
            return (yield from self._own_nets(nets.fit_cnn))
        fit = nets.fit_cnn if name == "b4" else nets.fit_gru
        return (
            yield from fit(
                self._train,
                self._valid,
                seed=self._seed,
                epochs=self._settings.epochs,
                clock=self._clock,
                state=self._states.get(name),
            )
        )

    def _own_nets(self, fit_cnn: Callable[..., Any]) -> Generator[Progress, None, Rung | None]:
        pooled = self.done.rungs.get("b4")
        if pooled is None:
            return None
        found = yield from own_nets.fit(
            fit_cnn,
            pooled,
            self._train,
            self._valid,
            seed=self._seed,
            epochs=self._settings.epochs,
            clock=self._clock,
        )
        if found is None:
            self._note("No segment has enough visits for a net of its own.")
        return found

    def _on_nets(self, name: str) -> Generator[Progress, None, Rung | None]:
        known = [net for net in NETS if net in self.done.rungs]
        if not known or (name == "b7" and "b3" not in self.done.rungs):
            self._note(f"{name} was not run: it stands on {'a net' if name == 'b6' else 'b3 and a net'}.")
            return None
        if name == "b6":
            net: Any = self.done.rungs.get("b4") or self.done.rungs["b5"]
            return (yield from joined.forest(self._train, net, seed=self._seed))
        best = min((net for net in known if net != "b4_segments"), key=self._validation_loss)
        yield Progress(RUNG_NAMES[name], 0, 1)
        return joined.stack(self._valid, self.done.rungs["b3"], self.done.rungs[best], seed=self._seed)

    def _validation_loss(self, name: str) -> float:
        churn, bought = self.done.validation[name], self._valid.bought
        return float(-np.mean(np.where(bought > 0, np.log1p(-churn), np.log(churn))))

    def _settle(self, name: str, rung: Rung, seconds: float) -> None:
        raw = rung.score(self._calib)
        line = calibration.fit(raw, self._calib.bought, self._calib.segment, self._calib.weight)
        held_out = rung.held_out if isinstance(rung, joined.Stack) else rung.score(self._valid)
        self.done.rungs[name], self.done.calibrations[name] = rung, line
        self.done.validation[name] = line.apply(held_out, self._valid.segment)
        self.done.calibration[name] = line.apply(raw, self._calib.segment)
        self.done.test[name] = line.apply(rung.score(self._test), self._test.segment)
        self.done.seconds[name] = seconds
        self.done.micros[name] = _micros(rung, self._test, self._clock)

    def _note(self, text: str) -> None:
        if text not in self.done.notes:
            self.done.notes.append(text)


def _refuse_one_class(name: str, part: Windows) -> None:
    if not 0 < int(part.bought.sum()) < len(part):
        raise TrainingRefused(
            f"The {name} part has {len(part):,} windows of which {int(part.bought.sum()):,} end in a purchase; "
            "both kinds are needed. More visits would help."
        )


def _micros(rung: Rung, windows: Windows, clock: Clock) -> float:
    """Microseconds of one row in the form that serves, the median."""
    segments = 0 if isinstance(rung, shipped.Shipped) else len(windows.words.segments)
    voice, _ = voices.of_parts(rung.name, rung.parts(), segments)
    asked = windows.take(np.arange(min(_ASKED, len(windows))))
    told = rung.told(asked) if isinstance(rung, shipped.Shipped) else asked
    taken = []
    for visit in serve.seen(told.aggregates, told.steps):
        started = clock()
        voice(visit)
        taken.append(clock() - started)
    return float(np.median(taken)) * 1e6 if taken else 0.0
