"""Serving: what was stored answers alike, others are refused by name, and nobody moves for a little."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import segment_rows

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.segments import serve
from engine.segments.columns import ShopperColumns
from engine.segments.serve import OtherFeatures, SegmentModel


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    return segment_rows.built().model


def test_what_was_stored_answers_alike(model: SegmentModel) -> None:
    given = segment_rows.columns(seed=9)
    one, other = serve.assign(model, given), serve.assign(serve.from_bytes(serve.to_bytes(model)), given)

    assert one.codes.tolist() == other.codes.tolist()
    assert one.spending.tobytes() == other.spending.tobytes()


def test_company_does_not_change_an_answer(model: SegmentModel) -> None:
    given = segment_rows.columns(seed=9)
    whole, alone = serve.assign(model, given), serve.assign(model, given.take([17]))

    assert (alone.codes[0], alone.spending[0], alone.behaviour[0]) == (
        whole.codes[17],
        whole.spending[17],
        whole.behaviour[17],
    )


def test_no_shoppers_are_no_fault(model: SegmentModel) -> None:
    assert serve.assign(model, segment_rows.columns().take([])).codes.tolist() == []


def test_an_artefact_of_other_columns_is_refused_by_name(model: SegmentModel) -> None:
    artefact = serve.to_bytes(replace(model, feature_version="shoppers-0"))

    with pytest.raises(OtherFeatures, match="version shoppers-0, and this site reckons with shoppers-1"):
        serve.from_bytes(artefact)


@pytest.mark.parametrize("artefact", [b"", b"not a model", artefacts.pack({"other.json": b"{}"})])
def test_what_is_no_artefact_is_refused(artefact: bytes) -> None:
    with pytest.raises(ArtefactCorrupt):
        serve.from_bytes(artefact)


def test_a_changed_artefact_is_refused(model: SegmentModel) -> None:
    parts = artefacts.unpack(serve.to_bytes(model))
    whole = serve.to_bytes(model)
    spoilt = whole.replace(b"segments.json", b"segmentz.json")

    assert json.loads(parts["segments.json"])["feature_version"] == "shoppers-1"
    with pytest.raises(ArtefactCorrupt):
        serve.from_bytes(spoilt)


def between(model: SegmentModel, part: float) -> tuple[ShopperColumns, str, str]:
    """Shoppers along the way from one cell's members to another's, and the codes of both ends."""
    given = segment_rows.columns()
    ends = [given.take([kind]) for kind in (0, 2)]  # both come much; one buys much
    mixed = {
        name: (1 - part) * getattr(ends[0], name) + part * getattr(ends[1], name)
        for name in ShopperColumns.__slots__
    }
    first, second = (serve.assign(model, one).codes[0] for one in ends)
    return ShopperColumns(**mixed), str(first), str(second)


def test_a_shopper_moves_only_when_the_other_segment_is_clearly_nearer(model: SegmentModel) -> None:
    """Whoever is placed by nearness alone, her former segment holds her until 0.9 of its distance."""
    stayed = moved = 0
    for part in np.linspace(0, 1, 101):
        given, first, second = between(model, float(part))
        spending, behaviour = model.scores(given)
        away = dict(
            zip([s.code for s in model.segments], model.distances(spending, behaviour)[0], strict=True)
        )
        free = str(serve.assign(model, given).codes[0])
        held = str(serve.assign(model, given, [first]).codes[0])
        if free != first:
            clearly = away[free] < serve.CLEARLY * away[first]
            assert held == (free if clearly else first)
            stayed, moved = stayed + (not clearly), moved + clearly
    assert moved > 0


def test_a_code_that_is_not_known_any_more_holds_nobody(model: SegmentModel) -> None:
    given = segment_rows.columns()
    free = serve.assign(model, given)

    assert serve.assign(model, given, ["segment-99"] * 220).codes.tolist() == free.codes.tolist()


def test_as_many_codes_as_shoppers(model: SegmentModel) -> None:
    with pytest.raises(ValueError, match="1 codes do not fit 220 shoppers"):
        serve.assign(model, segment_rows.columns(), ["a"])


def test_serving_loads_no_learner() -> None:
    code = "import sys, engine.segments.serve; print([m for m in ('sklearn', 'scipy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
