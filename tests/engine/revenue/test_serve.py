"""The artefact: the same answers as the learners, verified when loaded, without a learner in memory."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import revenue_rows
from revenue_rows import finish, still

from engine import artefacts
from engine.artefacts import ArtefactCorrupt
from engine.contracts import MEMBERS
from engine.revenue import export, fit, learners, serve
from engine.revenue.columns import Layout

ROWS = revenue_rows.signal()


@pytest.fixture(scope="module")
def trained():
    return finish(fit.train(ROWS, seed=1, clock=still))


@pytest.fixture(scope="module")
def model(trained):
    return serve.load(trained.artefact)


@pytest.fixture(scope="module")
def fitted():
    """The same members once more, as scikit-learn has them."""
    layout = Layout.of(ROWS)
    matrix, labels = layout.matrix(ROWS), np.array([row.label for row in ROWS])
    transformer = learners.fit_columns(matrix)
    features = transformer.transform(matrix)
    return layout, transformer, {n: finish(learners.fit(n, features, labels, seed=1)) for n in MEMBERS}


def strangers():
    fresh = revenue_rows.transactions.generate(600, seed=99)
    odd = [replace(row, category="Garden", shopping_mall="Nowhere", age=120) for row in fresh[:50]]
    dear = [replace(row, price_minor=2_000_000_000, quantity=99) for row in fresh[:20]]
    return fresh + odd + dear


def test_onnx_says_what_scikit_learn_says(trained, fitted):
    layout, transformer, members = fitted
    matrix = layout.matrix(strangers())
    votes, scores = serve.Sessions(artefacts.unpack(trained.artefact)).run(matrix)
    features = transformer.transform(matrix)
    for place, name in enumerate(MEMBERS):
        assert np.array_equal(votes[place], members[name].predict(features)), name
        np.testing.assert_allclose(
            scores[place], learners.score(members[name], features), rtol=1e-5, atol=1e-5
        )


def test_features_are_equal_to_the_last_bit(trained, fitted):
    layout, transformer, _ = fitted
    matrix = layout.matrix(strangers())
    sessions = serve.Sessions(artefacts.unpack(trained.artefact))
    assert np.array_equal(sessions._features(matrix), transformer.transform(matrix))


def test_the_answer_is_the_hard_vote_of_the_members(model, fitted):
    layout, transformer, members = fitted
    features = transformer.transform(layout.matrix(strangers()))
    wanted = learners.hard_vote(np.array([members[name].predict(features) for name in MEMBERS]))
    answers = [model.answer(row) for row in strangers()]
    assert [answer.result for answer in answers] == wanted.tolist()
    assert tuple(answers[0].votes) == MEMBERS


def test_trained_rows_and_report_are_those_of_evaluate(trained):
    assert trained.report == finish(fit.evaluate(ROWS, seed=1, clock=still))
    assert trained.rows == tuple(ROWS)


def test_a_resumed_training_with_another_clock_gives_the_same_artefact(trained):
    run = fit.train(ROWS, seed=1, clock=still)
    state = next(step.state for step in run if step.stage == "fold 3: decision_tree")
    run.close()
    seen, again = revenue_rows.walk(fit.train(ROWS, seed=1, clock=time.perf_counter, state=state))
    assert again.artefact == trained.artefact
    assert seen[-1].done == seen[-1].total


def test_answering_leaves_no_trace_and_needs_no_label(model):
    before = model.answer(ROWS[0])
    model.answer(replace(ROWS[1], category="Garden", label=None))
    assert model.answer(replace(ROWS[0], label=None)) == before


def test_the_card_tells_a_form_its_choices(model):
    assert "Kanyon" in model.card.choices["shopping_mall"]
    assert model.card.ranges["quantity"] == (1, 5)


def test_an_answer_takes_less_than_a_millisecond(model):
    model.answer(ROWS[0])
    spent = []
    for row in ROWS * 2:
        started = time.perf_counter()
        model.answer(row)
        spent.append(time.perf_counter() - started)
    assert np.median(spent) < 0.001  # the p99 is measured in bench/, where nothing else runs


def changed(trained, name, change):
    parts = artefacts.unpack(trained.artefact)
    parts[name] = change(parts[name])
    return artefacts.pack(parts)


def other_votes(checks):
    data = json.loads(checks)
    data["votes"][0][0] = 1 - data["votes"][0][0]
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mlp.onnx", lambda graph: b"not a graph"),
        ("columns.onnx", lambda graph: graph[:-20]),
        ("card.json", lambda card: b"{}"),
        ("card.json", lambda card: b"["),
        ("checks.json", other_votes),
    ],
)
def test_a_bundle_that_is_whole_but_wrong_is_corrupt(trained, name, change):
    with pytest.raises(ArtefactCorrupt):
        serve.load(changed(trained, name, change))


def test_another_members_graph_in_its_place_is_noticed(trained):
    parts = artefacts.unpack(trained.artefact)
    parts["mlp.onnx"] = parts["decision_tree.onnx"]
    with pytest.raises(ArtefactCorrupt, match="check questions"):
        serve.load(artefacts.pack(parts))


def test_a_damaged_file_is_corrupt(trained):
    with pytest.raises(ArtefactCorrupt):
        serve.load(trained.artefact[: len(trained.artefact) // 2])


def test_an_export_that_says_otherwise_never_leaves(trained, fitted):
    layout, transformer, members = fitted
    strange = members | {"decision_tree": finish(learners.fit("decision_tree", *inverted(fitted), seed=1))}
    parts = export.graphs(transformer, members)
    with pytest.raises(export.ExportMismatch, match="decision_tree"):
        export._parity(parts, transformer, strange, layout.matrix(ROWS))


def inverted(fitted):
    layout, transformer, _ = fitted
    return transformer.transform(layout.matrix(ROWS)), 1 - np.array([row.label for row in ROWS])


def test_serving_needs_no_learner():
    code = (
        "import sys, engine.revenue.serve\n"
        "heavy = {'sklearn', 'pandas', 'scipy', 'skl2onnx', 'onnx', 'torch', 'lightgbm'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
