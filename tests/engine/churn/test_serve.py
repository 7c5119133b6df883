"""A served rung says what the trained one says, one visit at a time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -r requirements-nets.txt)")

from net_ladder import MADE, RUNGS, WORLD, calibrated, packed, rungs

from engine.churn import serve
from engine.contracts import EventIn, ShopperStanding
from engine.visit import empty, fold


@pytest.fixture(scope="module", params=RUNGS)
def served(request):
    """The name of a rung, and the model that its artefact gives."""
    return request.param, serve.load(packed(request.param))


def wanted(served, rows):
    name, _ = served
    return calibrated(name).apply(rungs()[name].score(rows), rows.segment)


def test_one_visit_at_a_time_is_answered_as_in_training(served):
    rows = np.arange(0, len(MADE), 5)
    said = [served[1].score(WORLD.state(MADE, row), WORLD.standing(MADE, row)).churn for row in rows.tolist()]

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
        served[1].answer(huge.aggregates, huge.steps), wanted(served, huge), atol=1e-5, rtol=0
    )


def test_a_model_says_who_it_is(served):
    name, model = served

    assert (model.rung, model.threshold, model.words) == (name, 0.9, MADE.words)
    assert model.carries == (name == "b5")


STRANGE = ShopperStanding("nobody", float("nan"), float("inf"), -5)


def test_a_visit_without_events_has_a_risk(served):
    assert 0 < served[1].score(empty("v", "s")).churn < 1
    assert 0 < served[1].score(empty("v", "s"), STRANGE).churn < 1


def test_what_was_never_met_has_a_risk(served):
    state = empty("v", "s")
    for number in range(70):
        event = EventIn(
            "", "s", "v", 2**40 + number * 10**9, "add_to_cart", f"p{number}", f"c{number}", 10**12, 9
        )
        state = fold(state, event)
        assert 0 < served[1].score(state, STRANGE).churn < 1


def test_answering_leaves_no_trace(served):
    rows = [(WORLD.state(MADE, row), WORLD.standing(MADE, row)) for row in range(6)]
    once = [served[1].score(*row) for row in rows]

    assert [served[1].score(*row) for row in reversed(rows)] == once[::-1]


def test_threads_share_a_model(served):
    rows = [(WORLD.state(MADE, row), WORLD.standing(MADE, row)) for row in range(24)] * 4
    alone = [served[1].score(*row) for row in rows]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda row: served[1].score(*row), rows))

    assert together == alone


def test_attention_is_told_of_the_steps_that_there_were():
    for name in ("b4", "b4_segments", "b6"):
        model = serve.load(packed(name))
        state = WORLD.state(MADE, 4)
        weights = model.attention(state, WORLD.standing(MADE, 4))
        assert len(weights) == state.version
        assert sum(weights) == pytest.approx(1.0, abs=1e-5)
        assert model.attention(empty("v", "s")) == []
    in_training = rungs()["b4"].attention(MADE.take(np.array([4])))[0]
    weights = serve.load(packed("b4")).attention(WORLD.state(MADE, 4), WORLD.standing(MADE, 4))
    np.testing.assert_allclose(weights, in_training[-len(weights) :], atol=1e-5)


@pytest.mark.parametrize("name", ["b0", "b3", "b5"])
def test_a_rung_without_attention_tells_none(name):
    model = serve.load(packed(name))

    assert model.attention(WORLD.state(MADE, 4)) == []


def test_answering_needs_no_learner(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(packed("b7"))
    program = (
        "import sys; from engine.churn import serve; from engine.visit import empty\n"
        f"print(serve.load(open({str(path)!r}, 'rb').read()).score(empty('v', 's')).churn)\n"
        "heavy = {'sklearn', 'torch', 'lightgbm', 'pandas', 'skl2onnx', 'onnxmltools', 'onnx', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
