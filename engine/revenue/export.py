"""From fitted learners to the artefact: ONNX graphs, held against the learners before they leave."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from engine import artefacts
from engine.contracts import MEMBERS, RevenueReport, Transaction
from engine.revenue import learners, serve
from engine.revenue.columns import MATRIX_COLUMNS, Layout, Matrix, card

TOLERANCE = 1e-5
"""Of a score, relative to its size where that is above 1."""

_OPSETS = {"": 18, "ai.onnx.ml": 3}
_PARITY_ROWS, _CHECK_ROWS = 2000, 16
_CUT = {"linear_svm": 0.0}


class ExportMismatch(Exception):
    """The exported graphs do not say what the learners say: a defect, never a matter of data."""


def pack(
    transformer: Any,
    members: Mapping[str, Any],
    *,
    rows: Sequence[Transaction],
    layout: Layout,
    report: RevenueReport,
) -> bytes:
    """The artefact of a fitted transformer and MEMBERS. ExportMismatch where ONNX says otherwise."""
    parts = graphs(transformer, members)
    matrix = layout.matrix(rows[:: max(1, len(rows) // _PARITY_ROWS)])
    sure = _parity(parts, transformer, members, matrix)
    columns = {"columns": asdict(card(rows)), "layout": layout.to_json()}
    parts["card.json"] = _json(columns | {"report": _summary(report)})
    parts["checks.json"] = _json(_checks(parts, matrix[sure][:_CHECK_ROWS]))
    return artefacts.pack(parts)


def graphs(transformer: Any, members: Mapping[str, Any]) -> dict[str, bytes]:
    """One ONNX graph for the columns and one for each member, by file name."""
    width = len(transformer.get_feature_names_out())
    made = {"columns": _graph(transformer, "columns", serve.RAW, len(MATRIX_COLUMNS))}
    made |= {name: _graph(members[name], name, serve.FEATURES, width) for name in MEMBERS}
    return {serve.file_name(name): graph for name, graph in made.items()}


def _graph(model: Any, name: str, given: str, width: int) -> bytes:
    plain = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    shape = [(given, FloatTensorType([None, width]))]
    made = convert_sklearn(model, name, initial_types=shape, target_opset=_OPSETS, options=plain)
    _sort_opsets(made)
    return made.SerializeToString(deterministic=True)


def _sort_opsets(model: ModelProto) -> None:
    """skl2onnx writes them in the order of a set, which differs from process to process."""
    versions = dict(sorted({entry.domain: entry.version for entry in model.opset_import}.items()))
    del model.opset_import[:]
    for domain, version in versions.items():
        model.opset_import.add(domain=domain, version=version)


def _parity(
    parts: Mapping[str, bytes], transformer: Any, members: Mapping[str, Any], matrix: Matrix
) -> NDArray[np.bool_]:
    """Which rows no member finds on the edge. ExportMismatch where answers or scores differ."""
    votes, scores = serve.Sessions(parts).run(matrix)
    features = transformer.transform(matrix)
    sure = np.ones(len(matrix), dtype=bool)
    for name, said, found in zip(MEMBERS, votes, scores, strict=True):
        wanted = learners.score(members[name], features)
        near = TOLERANCE * np.maximum(1.0, np.abs(wanted))
        clear = np.abs(wanted - _CUT.get(name, 0.5)) > near
        if np.any(np.abs(found - wanted) > near) or np.any((said != members[name].predict(features))[clear]):
            raise ExportMismatch(f"The exported {name} does not say what the trained one says.")
        sure &= np.abs(wanted - _CUT.get(name, 0.5)) > 100 * near
    return sure


def _checks(parts: Mapping[str, bytes], matrix: Matrix) -> dict[str, Any]:
    votes, scores = serve.Sessions(parts).run(matrix)
    return {"matrix": matrix.tolist(), "votes": votes.tolist(), "scores": scores.tolist()}


def _summary(report: RevenueReport) -> dict[str, Any]:
    """Nothing that differs between two runs of the same seed: no seconds."""
    vote = report.model("vote").metrics
    return {
        "verdict": report.verdict,
        "rows": report.rows,
        "label_rule": report.label_rule,
        "majority_rate": report.majority_rate,
        "better_than_majority": report.better_than_majority,
        "vote": {name: measure.to_json() for name, measure in vote.items()},
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
