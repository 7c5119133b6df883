"""A served rung says what the trained one says, one visit at a time, and refuses what it cannot know."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -r requirements-nets.txt)")

import net_visits
from net_visits import clock, finish, halves

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.churn import calibration, nets, serve
from engine.churn.ladder import artefact as ladder_artefact
from engine.churn.ladder.choice import Choice
from engine.churn.ladder.climb import Climbed
from engine.churn.ladder.own_nets import OwnNets
from engine.churn.rungs import boosting, counting, joined, lines
from engine.churn.splits import Parts
from engine.contracts import EventIn, ShopperStanding
from engine.visit import empty, fold

WORLD, MADE = net_visits.world(), net_visits.made()
TRAIN, VALID = halves(MADE)
RUNGS = ("b0", "b1", "b2", "b2s", "b3", "b4", "b4_segments", "b5", "b6", "b7")
NO_ROWS = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def rungs():
    """Every rung, fitted on a few visits."""
    cnn = finish(nets.fit_cnn(TRAIN, VALID, seed=1, epochs=2, clock=clock()))
    gru = finish(nets.fit_gru(TRAIN, VALID, seed=1, epochs=2, clock=clock()))
    trees = finish(boosting.boosting(TRAIN, VALID, seed=1, bags=2))
    return {
        "b0": counting.rates(TRAIN),
        "b1": counting.chain(TRAIN, VALID),
        "b2": finish(lines.regression(TRAIN, VALID, seed=1)),
        "b2s": finish(lines.support_vectors(TRAIN, VALID, seed=1)),
        "b3": trees,
        "b4": cnn,
        "b4_segments": OwnNets("b4_segments", cnn, {1: replace(gru_as_cnn(cnn), name="b4")}, {}),
        "b5": gru,
        "b6": finish(joined.forest(TRAIN, cnn, seed=1)),
        "b7": joined.stack(VALID, trees, gru, seed=1),
    }


def gru_as_cnn(cnn):
    """Another net of the same kind, for a segment of its own."""
    return finish(nets.fit_cnn(TRAIN, VALID, seed=2, epochs=1, clock=clock()))


def packed(rung, *, line=None):
    """The artefact that training would write of this rung."""
    every = np.arange(len(MADE))
    parts = Parts(train=NO_ROWS, validation=NO_ROWS, calibration=NO_ROWS, test=every, never_seen=every < 0)
    fitted = line or calibration.fit(rung.score(VALID), VALID.bought, VALID.segment, VALID.weight)
    climbed = Climbed(parts, rungs={rung.name: rung}, calibrations={rung.name: fitted})
    return ladder_artefact.pack(climbed, Choice(rung.name, "for a test", 0.9), MADE, seed=1), fitted


@pytest.fixture(scope="module", params=RUNGS)
def served(request, rungs):
    """A rung, its calibration, and the model that its artefact gives."""
    rung = rungs[request.param]
    content, line = packed(rung)
    return rung, line, serve.load(content)


@pytest.fixture(scope="module")
def carrying(rungs):
    return serve.load(packed(rungs["b5"])[0])


def wanted(served, rows):
    rung, line, _ = served
    return line.apply(rung.score(rows), rows.segment)


def test_one_visit_at_a_time_is_answered_as_in_training(served):
    rows = np.arange(0, len(MADE), 5)
    said = [served[2].score(WORLD.state(MADE, row), WORLD.standing(MADE, row)).churn for row in rows.tolist()]

    np.testing.assert_allclose(said, wanted(served, MADE.take(rows)), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [2**24 + 1, 2**31 + 7, 2**53 - 1])
def test_numbers_beyond_those_of_32_bits_are_answered_as_in_training(served, size):
    huge = MADE.take(np.arange(12))
    aggregates = huge.aggregates.copy()
    for row in range(12):
        aggregates[row, 12:16] = size + row  # milliseconds
        aggregates[row, 21:24] = size - row  # prices
    huge = replace(huge, aggregates=aggregates)

    np.testing.assert_allclose(
        served[2].answer(huge.aggregates, huge.steps), wanted(served, huge), atol=1e-5, rtol=0
    )


def test_a_model_says_who_it_is(served):
    rung, _, model = served

    assert (model.rung, model.threshold, model.words) == (rung.name, 0.9, MADE.words)
    assert model.carries == (rung.name == "b5")


STRANGE = ShopperStanding("nobody", float("nan"), float("inf"), -5)


def test_a_visit_without_events_has_a_risk(served):
    assert 0 < served[2].score(empty("v", "s")).churn < 1
    assert 0 < served[2].score(empty("v", "s"), STRANGE).churn < 1


def test_what_was_never_met_has_a_risk(served):
    state = empty("v", "s")
    for number in range(70):
        event = EventIn(
            "", "s", "v", 2**40 + number * 10**9, "add_to_cart", f"p{number}", f"c{number}", 10**12, 9
        )
        state = fold(state, event)
        assert 0 < served[2].score(state, STRANGE).churn < 1


def test_answering_leaves_no_trace(served):
    rows = [(WORLD.state(MADE, row), WORLD.standing(MADE, row)) for row in range(6)]
    once = [served[2].score(*row) for row in rows]

    assert [served[2].score(*row) for row in reversed(rows)] == once[::-1]


def test_threads_share_a_model(served):
    rows = [(WORLD.state(MADE, row), WORLD.standing(MADE, row)) for row in range(24)] * 4
    alone = [served[2].score(*row) for row in rows]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda row: served[2].score(*row), rows))

    assert together == alone


def test_attention_is_told_of_the_steps_that_there_were(rungs):
    for name in ("b4", "b4_segments", "b6"):
        model = serve.load(packed(rungs[name])[0])
        state = WORLD.state(MADE, 4)
        weights = model.attention(state, WORLD.standing(MADE, 4))
        assert len(weights) == state.version
        assert sum(weights) == pytest.approx(1.0, abs=1e-5)
        assert model.attention(empty("v", "s")) == []
    in_training = rungs["b4"].attention(MADE.take(np.array([4])))[0]
    weights = serve.load(packed(rungs["b4"])[0]).attention(WORLD.state(MADE, 4), WORLD.standing(MADE, 4))
    np.testing.assert_allclose(weights, in_training[-len(weights) :], atol=1e-5)


@pytest.mark.parametrize("name", ["b0", "b3", "b5"])
def test_a_rung_without_attention_tells_none(rungs, name):
    model = serve.load(packed(rungs[name])[0])

    assert model.attention(WORLD.state(MADE, 4)) == []


def events(number):
    kinds = ("page_view", "product_view", "add_to_cart", "cart_view", "search")
    return [
        EventIn(
            "", "s", "v", 1_000_000 + i * 4_321, kinds[i % 5], f"p{i % 7}", ("toys", "books")[i // 3 % 2], 250
        )
        for i in range(number)
    ]


def test_what_is_carried_gives_what_the_whole_trail_gives(carrying):
    state, carried = empty("v", "s"), None
    for event in events(50):
        state = fold(state, event)
        risk = carrying.score(state, carried=carried)
        assert risk.churn == pytest.approx(carrying.score(state).churn, abs=1e-5)
        carried = risk.carried
    assert len(carried) == 8 + 4 + 32 * 4


def test_several_steps_may_come_at_once(carrying):
    state, carried = empty("v", "s"), None
    for number, event in enumerate(events(40)):
        state = fold(state, event)
        if number in (3, 4, 11, 39):
            risk = carrying.score(state, carried=carried)
            assert risk.churn == pytest.approx(carrying.score(state).churn, abs=1e-5)
            carried = risk.carried


def test_a_step_is_not_read_twice(carrying):
    state = empty("v", "s")
    for event in events(9):
        state = fold(state, event)
    first = carrying.score(state)
    late = fold(state, EventIn("", "s", "v", 1_000_001, "page_view"))

    assert carrying.score(state, carried=first.carried).churn == pytest.approx(first.churn, abs=1e-6)
    assert carrying.score(late, carried=first.carried).churn == carrying.score(late).churn


def test_beyond_fifty_steps_only_what_is_carried_remembers_the_first(carrying):
    state, carried = empty("v", "s"), None
    for event in events(80):
        state = fold(state, event)
        carried = carrying.score(state, carried=carried).carried
    anew = carrying.score(state)

    assert anew.carried is not None
    assert len(anew.carried) == len(carried)
    assert 0 < anew.churn < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: b"",
        lambda kept: kept[:-1],
        lambda kept: b"otherone" + kept[8:],
        lambda kept: kept[:8] + (99).to_bytes(4, "little") + kept[12:],
    ],
    ids=["nothing", "cut", "of another model", "of more steps than there were"],
)
def test_what_does_not_fit_is_made_anew_from_the_trail(carrying, change):
    state = empty("v", "s")
    for event in events(9):
        state = fold(state, event)
    anew = carrying.score(state)

    assert carrying.score(state, carried=change(anew.carried)) == anew


def test_what_another_model_carried_is_not_read(rungs, carrying):
    other = serve.load(packed(rungs["b5"], line=calibration.Calibration((0.1, 1.0)))[0])
    state = fold(empty("v", "s"), events(1)[0])
    foreign = other.score(state).carried

    assert foreign[:8] != carrying.score(state).carried[:8]
    assert carrying.score(state, carried=foreign) == carrying.score(state)


def card_with(content, **changes):
    parts = artefacts.unpack(content)
    parts["card.json"] = json.dumps(json.loads(parts["card.json"]) | changes).encode()
    return artefacts.pack(parts)


@pytest.mark.parametrize("name", ["features", "churn"])
def test_columns_of_another_version_are_refused_by_name(rungs, name):
    content = card_with(packed(rungs["b0"])[0], **{f"{name}_version": 999})

    with pytest.raises(serve.OtherVersion, match=f"version 999 of the {name} columns; this release has"):
        serve.load(content)


@pytest.mark.parametrize(
    "change", [{"rung": "b9"}, {"calibration": {}}, {"categories": 5}, {"threshold": "high"}]
)
def test_a_card_that_is_none_is_refused(rungs, change):
    with pytest.raises(ArtefactCorrupt, match="not a model of churn"):
        serve.load(card_with(packed(rungs["b0"])[0], **change))


def test_a_missing_or_damaged_part_is_refused(served):
    parts = artefacts.unpack(packed(served[0])[0])
    for name in parts:
        with pytest.raises(ArtefactCorrupt):
            serve.load(artefacts.pack({key: value for key, value in parts.items() if key != name}))
        with pytest.raises(ArtefactCorrupt):
            serve.load(artefacts.pack(parts | {name: parts[name][: len(parts[name]) // 2]}))


def test_an_artefact_with_a_changed_byte_is_refused(rungs):
    content = bytearray(packed(rungs["b5"])[0])
    content[len(content) // 2] ^= 1

    with pytest.raises(ArtefactCorrupt):
        serve.load(bytes(content))


def test_a_model_that_answers_otherwise_than_when_trained_is_refused(rungs):
    content = card_with(packed(rungs["b5"])[0], calibration={"line": [0.5, 1.0], "lines": {}, "curves": {}})

    with pytest.raises(ArtefactCorrupt, match="check questions"):
        serve.load(content)


def test_no_number_comes_out_that_is_none(rungs):
    content = packed(rungs["b0"])[0]
    parts = artefacts.unpack(content)
    table = json.loads(parts["b0.json"])["table"]
    parts["b0.json"] = json.dumps({"table": [[float("nan")] * len(row) for row in table]}).encode()

    with pytest.raises(ArtefactCorrupt):
        serve.load(artefacts.pack(parts))


def test_answering_needs_no_learner(rungs, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(packed(rungs["b7"])[0])
    program = (
        "import sys; from engine.churn import serve; from engine.visit import empty\n"
        f"print(serve.load(open({str(path)!r}, 'rb').read()).score(empty('v', 's')).churn)\n"
        "heavy = {'sklearn', 'torch', 'lightgbm', 'pandas', 'skl2onnx', 'onnxmltools', 'onnx', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
