"""The protocol: figures, verdict, checkpoints, refusals, limits."""

import json
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import revenue_rows
from revenue_rows import finish, still, walk

from engine.contracts import MODEL_NAMES, RevenueReport
from engine.revenue import fit, intake, protocol
from engine.revenue.fit import TrainingRefused


@pytest.fixture(scope="module")
def steps():
    """All progress of one uninterrupted run on signal, and its report."""
    return walk(fit.evaluate(revenue_rows.signal(), seed=1, clock=still, best_reachable_accuracy=0.81))


@pytest.fixture(scope="module")
def report(steps):
    return steps[1]


@pytest.fixture(scope="module")
def of_noise():
    return finish(fit.evaluate(revenue_rows.noise(400, high=0.6), seed=1, clock=still))


def test_every_model_is_reported_with_an_interval_for_every_metric(report):
    assert tuple(row.name for row in report.models) == MODEL_NAMES
    names = ("accuracy", "balanced_accuracy", "roc_auc", "precision", "recall", "f1")
    for row in report.models:
        assert set(row.metrics) == {*names, "train_accuracy", *(f"cv_{name}" for name in names)}
        for measure in row.metrics.values():
            assert 0 <= measure.low <= measure.value <= measure.high <= 1
        assert sum(map(sum, row.confusion)) == 80
        assert sum(map(sum, row.cv_confusion)) == 400


def test_signal_is_seen_and_the_distance_to_the_best_is_said(report):
    assert report.better_than_majority
    assert report.model("vote").metrics["cv_accuracy"].value > report.majority_rate + 0.1
    assert report.paired_gain["vote"]["cv_accuracy"].low > 0
    assert "The best reachable accuracy is 81.0 %" in report.verdict
    assert "points below it" in report.verdict
    assert "published_id_only" not in [row.name for row in report.models if row.better_than_majority]


def test_noise_is_called_no_signal(of_noise):
    assert not of_noise.better_than_majority
    assert not any(row.better_than_majority for row in of_noise.models)
    assert of_noise.verdict.startswith(
        "No signal: neither the vote nor any other model is better than always"
    )
    assert "best reachable" not in of_noise.verdict


def test_the_majority_stands_beside_and_is_not_compared_with_itself(report):
    majority = report.model("majority")
    labels = [row.label for row in revenue_rows.signal()]
    share = max(np.mean(labels), 1 - np.mean(labels))
    assert report.majority_rate == pytest.approx(share)
    assert majority.metrics["cv_accuracy"].value == pytest.approx(share)
    assert majority.metrics["roc_auc"].value == 0.5
    assert majority.p_value is None
    assert "majority" not in report.paired_gain


def test_gain_is_the_difference_on_the_same_rows(report):
    for name, gains in report.paired_gain.items():
        mine, theirs = report.model(name).metrics, report.model("majority").metrics
        for metric in ("accuracy", "cv_accuracy"):
            assert gains[metric].value == pytest.approx(mine[metric].value - theirs[metric].value)


def test_json_is_the_agreed_object_and_comes_back(report):
    data = json.loads(json.dumps(report.to_json()))
    assert set(data) >= {"protocol", "baseline", "models", "paired_gain", "verdict", "majority_rate", "leaks"}
    assert set(data["models"]) == set(MODEL_NAMES)
    assert data["baseline"]["name"] == "majority"
    assert data["paired_gain"]["vote"]["against"] == "majority"
    assert RevenueReport.from_json(data) == report


def test_progress_rises_to_the_end(steps):
    seen, _ = steps
    done = [step.done for step in seen]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == seen[-1].total
    assert {f"fold {k}: mlp" for k in range(1, 6)} <= {step.stage for step in seen}
    assert all(len(step.state) < 50_000 for step in seen)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.55, 0.9, 0.999])
def test_a_run_cut_off_anywhere_ends_in_the_same_report(steps, share):
    seen, whole = steps
    state = seen[int(share * len(seen))].state
    assert (
        finish(
            fit.evaluate(
                revenue_rows.signal(), seed=1, clock=still, best_reachable_accuracy=0.81, state=state
            )
        )
        == whole
    )


def test_a_resumed_run_fits_nothing_twice(steps, monkeypatch):
    seen, _ = steps
    place = next(i for i, step in enumerate(seen) if step.stage == "fold 2: random_forest")
    fitted = []
    before = protocol.learners.fit

    def watched(name, features, labels, *, seed):
        fitted.append(name)
        return before(name, features, labels, seed=seed)

    monkeypatch.setattr(protocol.learners, "fit", watched)
    resumed = fit.evaluate(revenue_rows.signal(), seed=1, clock=still, state=seen[place].state)
    for step in resumed:
        if step.stage.startswith("fold 3"):
            break
    assert [name for name in fitted if name in ("random_forest", "knn")] == ["random_forest", "knn"]


@pytest.mark.parametrize("other", ["seed", "rows"])
def test_a_checkpoint_of_other_work_is_not_used(steps, other):
    state = steps[0][-1].state
    rows = revenue_rows.signal()[:-1] if other == "rows" else revenue_rows.signal()
    run = fit.evaluate(rows, seed=2 if other == "seed" else 1, clock=still, state=state)
    assert next(run).done == 0


def test_seconds_are_those_of_the_fits_not_of_whoever_watches():
    ticks = count()
    run = fit.evaluate(revenue_rows.noise(), seed=0, clock=lambda: float(next(ticks)))
    for step in run:
        next(ticks)
        if step.stage == "80/20: decision_tree":
            break
    cells = json.loads(step.state)["cells"]
    assert next(cell[-1] for cell in cells if cell[1] == "linear_svm") == 2.0


def refusal(rows, **options):
    with pytest.raises(TrainingRefused) as caught:
        next(fit.evaluate(rows, seed=0, clock=still, **options))
    return str(caught.value)


def test_what_cannot_be_trained_on_is_refused_in_words():
    rows = revenue_rows.noise(200)
    assert "no rows at all" in refusal([])
    assert "price_above_median" in refusal([replace(row, label=None) for row in rows])
    assert "No row is labelled High" in refusal([replace(row, label=0) for row in rows])
    rare = [replace(row, label=int(i < 49)) for i, row in enumerate(rows)]
    assert "Only 49 of 200 rows are labelled High; at least 50" in refusal(rare)
    next(fit.evaluate([replace(row, label=int(i < 50)) for i, row in enumerate(rows)], seed=0, clock=still))


def test_a_rule_labels_what_has_no_label_and_the_report_says_so():
    bare = [replace(row, label=None) for row in revenue_rows.signal(300)]
    report = finish(fit.evaluate(bare, seed=0, clock=still, label_rule="price_above_median"))
    assert report.label_rule == "price_above_median"
    assert any("300 of 300 rows had no label" in note for note in report.notes)
    assert "Mind the leak: the label is determined by price" in report.verdict


def test_rows_without_a_label_are_left_out_where_no_rule_is_named():
    rows = revenue_rows.signal(300)
    taken = intake.take([replace(rows[0], label=None), *rows[1:]], label_rule=None, seed=0)
    assert len(taken.rows) == 299
    assert taken.given == 300
    assert "1 of 300 rows have no label and were left out." in taken.notes


def test_a_rule_that_is_not_needed_is_not_reported():
    taken = intake.take(revenue_rows.signal(200), label_rule="price_above_median", seed=0)
    assert taken.rule is None
    assert any("was not needed" in note for note in taken.notes)


def test_beyond_the_limit_a_stratified_sample_is_taken_and_said(monkeypatch):
    monkeypatch.setattr(intake, "MAX_ROWS", 150)
    rows = revenue_rows.noise(400, high=0.5)
    taken = intake.take(rows, label_rule=None, seed=0)
    assert len(taken.rows) == 150
    assert np.mean([r.label for r in taken.rows]) == pytest.approx(np.mean([r.label for r in rows]), abs=0.01)
    assert "Of 400 labelled rows a stratified 150 were used." in taken.notes


def test_neighbours_and_id_reader_learn_from_a_sample_and_it_is_said(monkeypatch):
    monkeypatch.setattr(protocol, "SMALL_SAMPLE", 100)
    report = finish(fit.evaluate(revenue_rows.signal(), seed=1, clock=still))
    assert {row.name: row.rows_fitted for row in report.models} == {
        name: 100 if name in ("knn", "published_id_only") else 320 for name in MODEL_NAMES
    }
    assert any("stratified 100 rows" in note for note in report.notes)
