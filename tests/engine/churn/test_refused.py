"""An artefact that is not what it should be is refused in words."""

import json

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -r requirements-nets.txt)")

from net_ladder import packed

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.churn import serve


def card_with(content, **changes):
    parts = artefacts.unpack(content)
    parts["card.json"] = json.dumps(json.loads(parts["card.json"]) | changes).encode()
    return artefacts.pack(parts)


@pytest.mark.parametrize("name", ["features", "churn"])
def test_columns_of_another_version_are_refused_by_name(name):
    content = card_with(packed("b0"), **{f"{name}_version": 999})

    with pytest.raises(serve.OtherVersion, match=f"version 999 of the {name} columns; this release has"):
        serve.load(content)


@pytest.mark.parametrize(
    "change", [{"rung": "b9"}, {"calibration": {}}, {"categories": 5}, {"threshold": "high"}]
)
def test_a_card_that_is_none_is_refused(change):
    with pytest.raises(ArtefactCorrupt, match="not a model of churn"):
        serve.load(card_with(packed("b0"), **change))


@pytest.mark.parametrize("name", ["b1", "b3", "b5", "b7"])
def test_a_missing_or_damaged_part_is_refused(name):
    parts = artefacts.unpack(packed(name))
    for name in parts:
        with pytest.raises(ArtefactCorrupt):
            serve.load(artefacts.pack({key: value for key, value in parts.items() if key != name}))
        with pytest.raises(ArtefactCorrupt):
            serve.load(artefacts.pack(parts | {name: parts[name][: len(parts[name]) // 2]}))


def test_an_artefact_with_a_changed_byte_is_refused():
    content = bytearray(packed("b5"))
    content[len(content) // 2] ^= 1

    with pytest.raises(ArtefactCorrupt):
        serve.load(bytes(content))


def test_a_model_that_answers_otherwise_than_when_trained_is_refused():
    content = card_with(packed("b5"), calibration={"line": [0.5, 1.0], "lines": {}, "curves": {}})

    with pytest.raises(ArtefactCorrupt, match="check questions"):
        serve.load(content)


def test_no_number_comes_out_that_is_none():
    content = packed("b0")
    parts = artefacts.unpack(content)
    table = json.loads(parts["b0.json"])["table"]
    parts["b0.json"] = json.dumps({"table": [[float("nan")] * len(row) for row in table]}).encode()

    with pytest.raises(ArtefactCorrupt):
        serve.load(artefacts.pack(parts))
