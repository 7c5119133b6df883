"""`evaluate churn`: the ladder on an event file and in the simulated mall, in words and as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from engine.contracts import ChurnReport

HEADER = "shopper_id,occurred_at,kind,product_id,category,price,quantity"
FAST = ("--rungs", "b0,b3", "--quick")


def run(capsys: pytest.CaptureFixture[str], *options: Any) -> str:
    call_command("evaluate", "churn", *map(str, options))
    return capsys.readouterr().out


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Three hundred shoppers of a morning; who looks twice at a thing buys it, mostly."""
    rng, rows = np.random.default_rng(1), [HEADER]
    for shopper in range(300):
        at = 1_764_583_200_000 + shopper * 60_000
        eager = rng.random() < 0.4
        kinds = [
            "page_view",
            "product_view",
            "add_to_cart" if eager else "page_view",
            "product_view",
            "page_view",
        ]
        if rng.random() < (0.7 if eager else 0.1):
            kinds.append("purchase")
        rows += [
            f"s{shopper},{at + 9_000 * place},{kind},p{place % 2},Shoes,12.50,1"
            for place, kind in enumerate(kinds)
        ]
    path = tmp_path / "events.csv"
    path.write_text("\n".join([*rows, rows[1]]) + "\n")
    return path


def test_a_file_shorter_than_ten_days_is_split_by_shopper(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, "--events", events, "--at", "3", *FAST)

    assert "Split grouped by shopper, 5 folds, seed 0, target purchase." in told
    assert "The log spans 0.2 days, fewer than 10" in told
    assert "may have gone on after the file's last event and were left out" in told
    assert "There is signal" in told


def test_the_object_is_the_report(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "--events", events, "--at", "3,5", "--split", "grouped:3", "--json", *FAST)
    data = json.loads(told.splitlines()[-1])
    report = ChurnReport.from_json(data)

    assert data["protocol"]["split"] == "grouped by shopper, 3 folds"
    assert set(data["moments"]) == {"3", "5"}
    assert data["baseline"]["name"] == "b0"
    assert data["models"]["b3"]["roc_auc"]["ci"][0] > 0.6
    assert data["paired_gain"]["b3"]["against"] == "b0"
    assert report.never_seen is not None


def test_where_all_visits_end_alike_nothing_is_said(events: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "--events", events, "--at", "2", "--target", "exit", *FAST)

    assert "All visits here end alike: nothing can be said." in told


def test_the_simulated_mall_has_the_bayes_filter_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "--simulate", 31, "--shoppers", 1_500, "--days", 30, *FAST)

    assert "share of Bayes" in told
    assert "The Bayes filter was asked about" in told
    assert "by time, a day left out after each cut" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--events", "/nowhere.csv"), "There is no file"),
        (("--simulate", "-1"), "The seed of the mall"),
        (("--simulate", "1", "--seed", "-1"), "The seed is a whole number"),
        (("--simulate", "1", "--shoppers", "0"), "A mall has 1 to"),
        (("--simulate", "1", "--at", "3,x"), "--at takes numbers"),
        (("--simulate", "1", "--rungs", "b9"), "There is no rung b9"),
        (("--simulate", "1", "--split", "x"), "A split is time, or grouped:"),
        (("--simulate", "1", "--shoppers", "1", "--days", "2"), "."),
    ],
)
def test_bad_input_is_refused_in_words(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        run(capsys, *options, "--quick")

    assert refused.value.returncode == 2
