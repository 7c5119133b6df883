"""`evaluate repurchase`: the table, the controls, the exit codes."""

import json
from datetime import date
from io import StringIO

import pytest
import visit_tables
from django.core.management import CommandError, call_command

from engine.contracts import Evaluation
from engine.tabular import report


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(report, "DRAWS", 40)


@pytest.fixture(scope="module")
def purchases(tmp_path_factory):
    rows = visit_tables.purchases(600, days=400)
    return visit_tables.put_purchases(tmp_path_factory.mktemp("purchases") / "list.txt.xz", rows)


def said(*words):
    out = StringIO()
    call_command("evaluate", "repurchase", "--csv", *map(str, words), stdout=out)
    return out.getvalue()


def refused(*words):
    with pytest.raises(CommandError) as caught:
        said(*words)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_the_object_holds_every_rival(purchases):
    found = Evaluation.from_json(
        json.loads(said(purchases, "--horizon-weeks", 20, "--json").splitlines()[-1])
    )

    assert found.seeds == (42,)
    assert found.protocol["horizon_weeks"] == 20
    assert {row.name for row in found.models} >= {"rate", "recency_frequency", "bg_nbd", "lightgbm", "stack"}
    assert set(found.paired_gain) >= {"stack", "stack_over_bg_nbd"}
    assert found.model("bg_nbd").metrics["roc_auc"].low > 0.55
    assert found.model("stack").metrics["ece"].high is not None


def test_labels_dealt_anew_are_no_signal(purchases):
    text = said(purchases, "--horizon-weeks", 20, "--shuffle-labels")
    assert "No signal" in text
    assert "dealt out anew" in text


def test_bad_usage(purchases, tmp_path):
    assert "from 1 to 520 weeks" in refused(purchases, "--horizon-weeks", 0)
    assert "Take a shorter horizon" in refused(purchases, "--horizon-weeks", 57)
    assert "There is no file" in refused(tmp_path / "nonesuch.txt")


def test_nobody_who_comes_again(tmp_path):
    rows = [(who, date(1997, 1, 1), 1, 5.0) for who in range(50)] + [(50, date(1997, 12, 1), 1, 5.0)]
    path = visit_tables.put_purchases(tmp_path / "once.txt", rows)
    assert "one class only" in refused(path, "--horizon-weeks", 8)
