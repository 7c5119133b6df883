"""`evaluate visits`: the tables, the object, the controls, the exit codes."""

import json
from io import StringIO

import pytest
import visit_tables
from django.core.management import CommandError, call_command

from engine.contracts import Evaluation
from engine.tabular import report, visits
from engine.tabular.contest import Lineup
from engine.tabular.learners import Boosting, Logistic, Rate


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """These tests ask for the command's manners, not for accuracy."""
    rivals = {"rate": Rate(), "lightgbm": Boosting(rounds=20)}
    members = {"logistic": Logistic(), "boosting": Boosting(rounds=40, widened=True)}
    monkeypatch.setattr(visits, "VISITS", Lineup(rivals, members))
    monkeypatch.setattr(report, "DRAWS", 20)


@pytest.fixture
def table(tmp_path):
    return visit_tables.put_visits(tmp_path / "visits.csv")


def said(*words):
    out = StringIO()
    call_command("evaluate", "visits", "--processes", "1", "--csv", *map(str, words), stdout=out)
    return out.getvalue()


def told(*words):
    return json.loads(said(*words, "--json").splitlines()[-1])


def refused(*words):
    with pytest.raises(CommandError) as caught:
        said(*words)
    assert caught.value.returncode == 2
    return str(caught.value)


def changed(tmp_path, change, rows=400):
    made = visit_tables.visits(rows)
    for place, row in enumerate(made):
        change(place, row)
    return visit_tables.put_visits(tmp_path / "changed.csv", made)


def test_three_tables_with_the_baseline_in_each(table):
    text = said(table, "--seeds", 2)

    assert text.count("\nrate ") == 3
    assert "70/30, 2 splits, seeds 0 to 1" in text
    assert "The same without PageValues" in text
    assert "learnt from months 2, 3, 6, asked of months 11, 12" in text


def test_the_object_is_an_evaluation_with_the_others_beside_it(table):
    found = told(table, "--seeds", 3)
    whole = Evaluation.from_json(found)

    assert (whole.rows, whole.seeds, whole.baseline) == (400, (0, 1, 2), "rate")
    assert "PageValues" in found["protocol"]["columns"]
    assert "PageValues" not in found["without_page_values"]["protocol"]["columns"]
    assert found["by_month"]["protocol"]["test_rows"] == 160
    assert whole.paired_gain["stack"].against == "lightgbm"
    assert 0 <= whole.paired_gain["stack"].metrics["roc_auc_wins"].value <= 3
    assert whole.model("rate").metrics["roc_auc"].value == 0.5
    assert whole.model("stack").metrics["roc_auc"].low > 0.6


def test_the_same_file_gives_the_same_figures(table):
    def figures(found):
        return {name: row["roc_auc"] for name, row in found["models"].items()}

    assert figures(told(table, "--seeds", 2)) == figures(told(table, "--seeds", 2))


def test_labels_dealt_anew_are_no_signal(table):
    found = told(table, "--seeds", 4, "--shuffle-labels")
    low, high = found["models"]["stack"]["roc_auc"]["ci"]

    assert low <= 0.5 <= high
    assert found["verdict"].startswith("No signal")
    assert any("dealt out anew" in note for note in found["notes"])


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("paid", "left")], ids=["label", "words"])
def test_a_planted_column_is_refused_by_name(tmp_path, words):
    def plant(_, row):
        row["OrderPlaced"] = words[row["Revenue"] != "TRUE"]

    assert refused(changed(tmp_path, plant)).startswith("OrderPlaced alone tells the label")


def test_without_page_values_there_is_a_table_less_and_a_note(tmp_path):
    found = told(changed(tmp_path, lambda _, row: row.pop("PageValues")), "--seeds", 2)

    assert "without_page_values" not in found
    assert any("no column PageValues" in note for note in found["notes"])


def test_other_months_are_no_reason_to_stop(tmp_path):
    found = told(changed(tmp_path, lambda _, row: row.update(Month="summer")), "--seeds", 2)

    assert "by_month" not in found
    assert any("No table by month" in note for note in found["notes"])


def test_one_class_only(tmp_path):
    assert "one class only" in refused(changed(tmp_path, lambda _, row: row.update(Revenue="FALSE")))


def test_one_visit_only(tmp_path):
    assert "one class only" in refused(changed(tmp_path, lambda _, row: None, rows=1))


def test_bad_usage(table, tmp_path):
    assert "Seeds are from 1" in refused(table, "--seeds", 0)
    assert "There is no file" in refused(tmp_path / "nonesuch.csv")
