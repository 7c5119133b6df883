"""`evaluate revenue`: the object, the table, the exit codes; and never the database."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import revenue_rows
from django.conf import settings
from django.core.management import CommandError, call_command

from engine.contracts import MODEL_NAMES, RevenueReport
from engine.revenue import learners
from service_provider.adapters.transaction_writer import write_transactions


@pytest.fixture(autouse=True)
def small_learners(monkeypatch):
    """These tests ask for the command's manners, not for accuracy."""
    monkeypatch.setattr(learners, "_TREES", 10)
    monkeypatch.setattr(learners, "_PASSES", 15)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "signal.csv"
    write_transactions(revenue_rows.signal(300), path)
    return path


@pytest.fixture
def bare(tmp_path):
    path = tmp_path / "bare.csv"
    write_transactions([replace(row, label=None) for row in revenue_rows.signal(300)], path)
    return path


def said(*arguments):
    out = StringIO()
    call_command("evaluate", "revenue", *map(str, arguments), stdout=out)
    return out.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as caught:
        said(*arguments)
    return caught.value


def test_the_table_shows_the_majority_beside_every_accuracy(table):
    text = said("--csv", table)
    labels = [row.label for row in revenue_rows.signal(300)]
    rate = f"{max(labels.count(0), labels.count(1)) / 300:.3f}"
    for name in MODEL_NAMES:
        line = next(line for line in text.splitlines() if line.startswith(name))
        assert rate in line
    assert "The vote is better than always answering" in text


def test_the_rule_is_named_in_the_report(bare):
    assert "labels by the rule price_above_median" in said(
        "--csv", bare, "--label-rule", "price_above_median"
    )


def test_no_label_and_no_rule_is_exit_code_2_with_the_cure(bare):
    fault = refused("--csv", bare)
    assert fault.returncode == 2
    assert "price_above_median" in str(fault)


def test_bad_input_is_exit_code_2(tmp_path, table):
    assert refused("--csv", tmp_path / "nonesuch.csv").returncode == 2
    assert refused("--csv", table, "--seed", -1).returncode == 2
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    assert refused("--csv", tmp_path / "wrong.csv").returncode == 2


def run(*arguments, **env):
    command = [sys.executable, "manage.py", "evaluate", *arguments]
    given = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | env
    return subprocess.run(
        command, cwd=Path(settings.BASE_DIR), env=given, capture_output=True, text=True, check=False
    )


def test_in_a_process_of_its_own_it_prints_one_object_and_needs_no_database(table):
    done = run(
        "revenue",
        "--csv",
        str(table),
        "--seed",
        "3",
        "--json",
        DATABASE_URL="sqlite:////nonesuch/none.sqlite3",
    )
    assert done.returncode == 0, done.stderr
    report = RevenueReport.from_json(json.loads(done.stdout.splitlines()[-1]))
    assert (report.seeds, report.rows, report.better_than_majority) == ((3,), 300, True)
    assert tuple(row.name for row in report.models) == MODEL_NAMES


def test_wrong_usage_in_a_process_of_its_own():
    done = run("revenue", "--label-rule", "by_the_moon", "--csv", "x.csv")
    assert done.returncode == 2
    assert "price_above_median" in done.stderr
