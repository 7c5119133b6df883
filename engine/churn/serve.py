"""The risk of one visit, from an artefact: numpy and onnxruntime, no learner. docs/algorithms/churn_nets.md."""

import json
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.churn import columns
from engine.churn.answers import voices
from engine.churn.answers.sessions import FAULTS
from engine.churn.answers.voices import Net, OwnNets, Seen, Voice
from engine.churn.calibration import LEAST, Calibration
from engine.churn.codes import newest, with_turns
from engine.churn.columns import CHURN_VERSION, NO_STANDING, STEPS, Words
from engine.contracts import ShopperStanding, VisitState
from engine.features import FEATURES_VERSION

CLOSE = 1e-5
"""How far an answer may be from that of the training."""
_HEAD = struct.Struct("<8sI")  # of what is carried: the artefact's mark, and how many steps were read


@dataclass(frozen=True, slots=True)
class Risk:
    """The chance that a visit ends without a purchase, and what to carry to its next event, if anything."""

    churn: float
    carried: bytes | None = None


class OtherVersion(ArtefactCorrupt):
    """Whole, and made for columns that mean something else."""


class RiskModel:
    """A trained rung. Answering changes nothing in it; threads may share it."""

    def __init__(self, card: Mapping[str, Any], parts: Mapping[str, bytes], mark: bytes) -> None:
        self.rung: str = card["rung"]
        self.words = Words(tuple(card["categories"]), tuple(card["segments"]))
        self.threshold = float(card["threshold"])
        self._calibration = _Line(Calibration.from_json(json.dumps(card["calibration"])))
        segments = card.get("net_segments", len(self.words.segments))
        self._voice: Voice
        self._net: Net | OwnNets | None
        self._voice, self._net = voices.of_parts(self.rung, parts, segments)
        self._mark = mark
        self.off = 0.0  # how far its check answers were from those of the training
        self.carries = isinstance(self._voice, Net) and self._voice.carries

    def score(
        self, state: VisitState, standing: ShopperStanding = NO_STANDING, *, carried: bytes | None = None
    ) -> Risk:
        """The risk of a visit in `state`.

        `carried`: what the last answer of this visit gave. What another model carried, or what does not fit this
        state, is not read: the trail is, from its oldest step on.
        """
        aggregates = columns.aggregates(state, standing, self.words)
        if not self.carries:
            chance = self._voice(Seen(aggregates, newest(state, self.words)))
            return Risk(self._calibrated(chance, aggregates))
        return self._score_carried(state, aggregates, carried)

    def attention(self, state: VisitState, standing: ShopperStanding = NO_STANDING) -> list[float]:
        """How much each of the last steps weighed in the net, the newest last; empty without such a net."""
        visit = Seen(columns.aggregates(state, standing, self.words), newest(state, self.words))
        net = self._net.net(visit) if isinstance(self._net, OwnNets) else self._net
        if net is None or not net.pays_attention or not state.trail:
            return []
        return net.attention(visit)

    def answer(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> NDArray[np.float64]:
        """(n,) of rows as they are in windows: aggregates (n, A), steps (n, STEPS, 5)."""
        said = self.raw(aggregates, steps).tolist()
        rows = zip(said, aggregates.tolist(), strict=True)
        return np.array([self._calibrated(chance, numbers) for chance, numbers in rows], dtype=np.float64)

    def raw(self, aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> NDArray[np.float64]:
        """(n,) the same before it is calibrated."""
        return np.array([self._voice(one) for one in seen(aggregates, steps)], dtype=np.float64)

    def _score_carried(self, state: VisitState, aggregates: list[int], carried: bytes | None) -> Risk:
        net = self._voice
        if not isinstance(net, Net):
            raise TypeError("Only a net carries what it read.")
        count = state.version - state.late
        hidden, read = self._remembered(carried, count, net)
        since = count - read if hidden is not None else STEPS
        if hidden is not None and not since:  # only late events came: the last step is not read twice
            since, hidden = STEPS, None
        chance, after = net.carried(Seen(aggregates, newest(state, self.words, since), hidden))
        kept = _HEAD.pack(self._mark, count) + after.tobytes()
        return Risk(self._calibrated(chance, aggregates), kept)

    def _remembered(
        self, carried: bytes | None, count: int, net: Net
    ) -> tuple[NDArray[np.float32] | None, int]:
        """What was carried and how many steps it read; nothing where it is foreign, damaged or too old."""
        size = _HEAD.size + net.nothing.nbytes
        if carried is None or len(carried) != size:
            return None, 0
        mark, read = _HEAD.unpack_from(carried)
        if mark != self._mark or not count - STEPS <= read <= count:
            return None, 0
        return np.frombuffer(carried, dtype=np.float32, offset=_HEAD.size).reshape(net.nothing.shape), read

    def _calibrated(self, chance: float, aggregates: list[int]) -> float:
        if not isfinite(chance):
            raise ArithmeticError(f"The model {self.rung} said what is no chance: {chance}.")
        return self._calibration.apply(chance, aggregates[voices.SEGMENT])


def seen(aggregates: NDArray[np.int64], steps: NDArray[np.int16]) -> Iterator[Seen]:
    """Rows of windows, one visit each."""
    for numbers, codes in zip(aggregates.tolist(), with_turns(steps).tolist(), strict=True):
        yield Seen(numbers, [tuple(code) for code in codes if code[0]] or [tuple(codes[-1])])


class _Line:
    """`Calibration.apply`, of one row."""

    def __init__(self, calibration: Calibration) -> None:
        self._line, self._lines, self._curves = calibration.line, calibration.lines, calibration.curves

    def apply(self, churn: float, segment: int) -> float:
        odds = voices.logit(churn)
        curve = self._curves.get(segment)
        if curve is not None:
            found = _between(odds, *curve)
        else:
            a, b = self._lines.get(segment, self._line)
            found = voices.expit(a + b * odds)
        return min(max(found, LEAST), 1.0 - LEAST)


def _between(x: float, knots: tuple[float, ...], values: tuple[float, ...]) -> float:
    """As numpy.interp."""
    place = bisect_right(knots, x)
    if place == 0 or place == len(knots):
        return values[0] if place == 0 else values[-1]
    low, high = knots[place - 1], knots[place]
    return values[place - 1] + (values[place] - values[place - 1]) * (x - low) / (high - low)


def load(artefact: bytes) -> RiskModel:
    """The model in an artefact. OtherVersion, by name, for columns of another meaning; ArtefactCorrupt where it is
    damaged or answers otherwise than when it was trained."""
    parts = artefacts.unpack(artefact)
    try:
        card = json.loads(parts["card.json"])
        _refuse_other_version(card)
        model = RiskModel(card, parts, sha256(artefact).digest()[:8])
        given, steps, wanted = (_array(parts[f"check-{name}.npy"]) for name in _CHECKS)
        found = model.answer(given, steps)
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError, *FAULTS) as fault:
        raise ArtefactCorrupt("The file is not a model of churn, or a part of it is missing.") from fault
    if found.shape != wanted.shape or not np.all(np.abs(found - wanted) <= CLOSE):
        raise ArtefactCorrupt("The model does not answer its check questions as it did when trained.")
    model.off = float(np.abs(found - wanted).max(initial=0.0))
    return model


_CHECKS = ("aggregates", "steps", "churn")


def _refuse_other_version(card: Mapping[str, Any]) -> None:
    for what, here in (("features", FEATURES_VERSION), ("churn", CHURN_VERSION)):
        found = card[f"{what}_version"]
        if found != here:
            raise OtherVersion(
                f"The model was trained on version {found} of the {what} columns; this release has version {here}. "
                "Train it again."
            )


def _array(content: bytes) -> NDArray[Any]:
    found: NDArray[Any] = np.load(BytesIO(content), allow_pickle=False)
    return found
