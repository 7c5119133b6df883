"""A trained ensemble that answers one transaction at a time. Needs numpy and onnxruntime, no learner."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.contracts import HIGH, LOW, MEMBERS, ColumnCard, RevenueAnswer, Transaction
from engine.revenue.columns import Layout, Matrix

RAW, FEATURES = "raw", "features"
_CHECK_TOLERANCE = 1e-4
_FAULTS = (
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NotImplemented,
    faults.RuntimeException,
)


def file_name(graph: str) -> str:
    """Of a graph inside the artefact."""
    return f"{graph}.onnx"


class Sessions:
    """The graphs of an artefact, ready to run on one thread each."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._columns = _session(parts[file_name("columns")])
        self._members = [_session(parts[file_name(name)]) for name in MEMBERS]

    def run(self, matrix: Matrix) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Answers (0 or 1) and scores of the members for a matrix n x 10, each members x n."""
        features = self._features(matrix)
        each = [member.run(None, {FEATURES: features}) for member in self._members]
        votes = np.array([labels for labels, _ in each], dtype=np.int64)
        return votes, np.array([np.asarray(scores)[:, -1] for _, scores in each], dtype=np.float32)

    def votes(self, matrix: Matrix) -> list[int]:
        """Answers of the members for the first row of the matrix."""
        features = {FEATURES: self._features(matrix)}
        return [int(member.run(["label"], features)[0][0]) for member in self._members]

    def _features(self, matrix: Matrix) -> Any:
        return self._columns.run(None, {RAW: matrix})[0]


def _session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class RevenueModel:
    """The published ensemble, trained. Answering changes nothing in it; threads may share it."""

    def __init__(self, card: ColumnCard, layout: Layout, sessions: Sessions) -> None:
        self.card = card
        self._layout, self._sessions = layout, sessions

    def answer(self, row: Transaction) -> RevenueAnswer:
        """High or Low by hard vote, a tie is Low. Values not seen in training are answered without them."""
        votes = self._sessions.votes(self._layout.matrix([row]))
        result = HIGH if 2 * sum(votes) > len(votes) else LOW
        return RevenueAnswer(result, dict(zip(MEMBERS, votes, strict=True)))


def load(artefact: bytes) -> RevenueModel:
    """The model in an artefact; ArtefactCorrupt when it is damaged or answers otherwise than when trained."""
    parts = artefacts.unpack(artefact)
    try:
        written, checks = json.loads(parts["card.json"]), json.loads(parts["checks.json"])
        card, layout = _card(written["columns"]), Layout.from_json(written["layout"])
        sessions = Sessions(parts)
        votes, scores = sessions.run(np.array(checks["matrix"], dtype=np.float32))
        same = np.array_equal(votes, checks["votes"])
        near = np.allclose(scores, np.array(checks["scores"]), rtol=_CHECK_TOLERANCE, atol=_CHECK_TOLERANCE)
    except (KeyError, TypeError, ValueError, *_FAULTS) as fault:
        raise ArtefactCorrupt("The file is not a revenue model, or a part of it is missing.") from fault
    if not (same and near):
        raise ArtefactCorrupt("The model does not answer its check questions as it did when trained.")
    return RevenueModel(card, layout, sessions)


def _card(data: Mapping[str, Any]) -> ColumnCard:
    return ColumnCard(
        choices={name: tuple(values) for name, values in data["choices"].items()},
        ranges={name: (low, high) for name, (low, high) in data["ranges"].items()},
    )
