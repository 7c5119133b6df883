"""Each rung as it answers about one visit at a time, from the parts that an artefact keeps. Web-safe.

Answering changes nothing in a voice; threads share it.
"""

import json
from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.churn import scaling
from engine.churn.answers import quick, scorers
from engine.churn.answers.inputs import ACTIONS
from engine.churn.answers.sessions import session
from engine.churn.calibration import LEAST
from engine.churn.codes import Code
from engine.churn.columns import AGGREGATES

SEGMENT = AGGREGATES.index("segment")
_FAR = 40.0

Hidden = NDArray[np.float32]


class Seen(NamedTuple):
    """What is known of a visit: one whole number for each of AGGREGATES, and its steps, the newest last.

    With a `hidden` the steps are those that came since it was remembered.
    """

    aggregates: Sequence[int]
    codes: Sequence[Code]
    hidden: Hidden | None = None


class Voice(Protocol):
    """Says the raw chance of churn."""

    def __call__(self, seen: Seen, /) -> float: ...


class Plain:
    """b0, b1, b2, b2s: what the scorer of many rows says, of one."""

    def __init__(self, name: str, parts: Mapping[str, bytes]) -> None:
        self._scorer = scorers.of_parts(name, parts)

    def __call__(self, seen: Seen) -> float:
        scorer = self._scorer
        if isinstance(scorer, scorers.Rates):
            return _of_rates(scorer, seen)
        if isinstance(scorer, scorers.Chain):
            return _of_chain(scorer, seen)
        if isinstance(scorer, scorers.Line):
            return _of_line(scorer, seen)
        raise TypeError(f"{type(scorer).__name__} does not answer about one visit.")


def _of_rates(rates: scorers.Rates, seen: Seen) -> float:
    step = min(max(seen.aggregates[0], 1), scorers.LONGEST) - 1
    row = seen.aggregates[SEGMENT] + 1
    return 1.0 - float(rates.table[row if row < len(rates.table) else 0, step])


def _of_chain(chain: scorers.Chain, seen: Seen) -> float:
    code, told = 0, np.float64(0.0)
    size = len(chain.odds)
    for step in seen.codes:
        if step[0]:
            code = (code * ACTIONS + step[0]) % size
            told += chain.odds[code]
    constant, each, events = chain.line.tolist()
    return expit(-(constant + each * float(told) + events * log(1 + seen.aggregates[0])))


def _of_line(line: scorers.Line, seen: Seen) -> float:
    columns = quick.plain(seen.aggregates, seen.codes, line.segments)
    return expit(-(line.constant + float(np.dot(columns, line.weights))))


class Trees:
    """b3: graphs of boosted trees, averaged in log-odds."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        made = [session(parts[name]) for name in sorted(parts) if name.startswith("b3-")]
        if not made:
            raise KeyError("b3-0.onnx")
        self._runs = [(one.run, one.get_inputs()[0].name, [one.get_outputs()[-1].name]) for one in made]

    def __call__(self, seen: Seen) -> float:
        given = quick.boosted(seen.aggregates, seen.codes)
        odds = 0.0
        for run, name, out in self._runs:
            odds += logit(float(run(out, {name: given})[0][0, 1]))
        return expit(-odds / len(self._runs))


class Net:
    """b4 and b5. A GRU's voice is asked from an empty memory, or from the one that is seen."""

    def __init__(self, graph: bytes, segments: int, *, step: bytes | None = None) -> None:
        made = session(graph)
        self._step = None if step is None else session(step).run
        self._run, self._segments = made.run, segments
        hidden = [one.shape for one in made.get_inputs() if one.name == "hidden"]
        self.carries = bool(hidden)
        self.pays_attention = any(one.name == "attention" for one in made.get_outputs())
        self.nothing: Hidden = np.zeros(hidden[0] if hidden else (1, 1, 0), dtype=np.float32)

    def __call__(self, seen: Seen) -> float:
        return float(self._run(["chance"], self._given(seen))[0][0])

    def carried(self, seen: Seen) -> tuple[float, Hidden]:
        """The chance, and what is remembered afterwards. One step from a memory is the graph's own work."""
        if self._step is not None and seen.hidden is not None and len(seen.codes) == 1:
            chance, hidden = self._step(["chance", "remembered"], self._given_step(seen, seen.hidden))
            return float(chance[0]), hidden
        chance, hidden = self._run(["chance", "remembered"], self._given(seen))
        return float(chance[0]), hidden

    def embedding(self, seen: Seen) -> NDArray[np.float32]:
        """(1, E)."""
        found: NDArray[np.float32] = self._run(["embedding"], self._given(seen))[0]
        return found

    def attention(self, seen: Seen) -> list[float]:
        """How much each step weighed; their sum is 1."""
        found: list[float] = self._run(["attention"], self._given(seen))[0].tolist()
        return found

    def _given(self, seen: Seen) -> dict[str, Any]:
        given: dict[str, Any] = {
            "codes": np.array(seen.codes, dtype=np.int64),
            "logs": scaling.logs_of(seen.aggregates),
            "places": scaling.places_of(seen.aggregates, self._segments),
        }
        if self.carries:
            given["hidden"] = self.nothing if seen.hidden is None else seen.hidden
        return given

    def _given_step(self, seen: Seen, hidden: Hidden) -> dict[str, Any]:
        places = (*seen.codes[0], *scaling.rows_of(seen.aggregates, self._segments))
        numbers = np.array(scaling.logs_list(seen.aggregates), dtype=np.float32)
        return {
            "places": np.array([places], dtype=np.int64),
            "numbers": np.concatenate([numbers, hidden.ravel()])[None],
        }


class OwnNets:
    """b4_segments: the pooled net, and those of the segments that are better off with their own."""

    def __init__(self, parts: Mapping[str, bytes], segments: int) -> None:
        self._pooled = Net(parts["b4.onnx"], segments)
        self._own = {}
        for name in parts:
            if name.startswith("segment-"):
                self._own[int(name.split("-")[1])] = Net(parts[name], segments)

    def net(self, seen: Seen) -> Net:
        return self._own.get(seen.aggregates[SEGMENT], self._pooled)

    def __call__(self, seen: Seen) -> float:
        return self.net(seen)(seen)


class Forest:
    """b6: a random forest on a net's embedding and the columns of b3."""

    def __init__(self, graph: bytes, net: Net) -> None:
        made = session(graph)
        self._run, self._net = made.run, net
        self._given, self._out = made.get_inputs()[0].name, [made.get_outputs()[-1].name]

    def __call__(self, seen: Seen) -> float:
        columns = (self._net.embedding(seen), quick.boosted(seen.aggregates, seen.codes))
        return float(self._run(self._out, {self._given: np.concatenate(columns, axis=1)})[0][0, 0])


class Stack:
    """b7: a line through the log-odds of b3 and of a net."""

    def __init__(self, line: Sequence[float], boosted: Trees, net: Net) -> None:
        self._line, self._boosted, self._net = tuple(line), boosted, net

    def __call__(self, seen: Seen) -> float:
        constant, first, second = self._line
        return expit(constant + first * logit(self._boosted(seen)) + second * logit(self._net(seen)))


def of_parts(rung: str, parts: Mapping[str, bytes], segments: int) -> tuple[Voice, Net | OwnNets | None]:
    """The voice of a rung, and the net in it. KeyError where a part is missing."""
    if rung in ("b0", "b1", "b2", "b2s"):
        return Plain(rung, parts), None
    if rung == "b3":
        return Trees(parts), None
    if rung == "b4_segments":
        own = OwnNets(parts, segments)
        return own, own
    kept = "b5" if "b5.onnx" in parts else "b4"
    net = Net(parts[f"{kept}.onnx"], segments, step=parts["b5-step.onnx"] if kept == "b5" else None)
    if rung == kept:
        return net, net
    if rung == "b6":
        return Forest(parts["b6.onnx"], net), net
    if rung == "b7":
        return Stack(json.loads(parts["b7.json"])["line"], Trees(parts), net), net
    raise KeyError(rung)


def logit(chance: float) -> float:
    kept = min(max(chance, LEAST), 1.0 - LEAST)
    return log(kept / (1.0 - kept))


def expit(odds: float) -> float:
    return 1.0 / (1.0 + exp(-min(max(odds, -_FAR), _FAR)))
