"""The ladder as a whole: the choice, the report, and what it says where there is nothing to find."""

from dataclasses import replace
from functools import cache

import churn_logs
import numpy as np
import pytest
from churn_logs import Ticking

from engine import artefacts
from engine.churn import fit, windows
from engine.churn.ladder.choice import choose
from engine.churn.ladder.settings import LadderSettings
from engine.churn.windows import Windows
from engine.contracts import ChurnReport, ShopperStanding
from engine.simulate import untreated

PLAIN = LadderSettings(rungs=("b0", "b1", "b2", "b3"), bags=1, extra=1)


def assessed(made: Windows, settings: LadderSettings = PLAIN) -> ChurnReport:
    return churn_logs.result(fit.assess(made, seed=1, clock=Ticking(), settings=settings))[0]


@cache
def report() -> ChurnReport:
    watched = churn_logs.mall()
    return churn_logs.result(
        fit.evaluate(
            watched.log,
            seed=1,
            clock=Ticking(),
            settings=PLAIN,
            until_ms=windows.NEVER,
            bound=untreated.bound(watched, draws=200),
        )
    )


def test_the_report_tells_every_rung_at_every_moment() -> None:
    found = report()

    assert set(found.moments) == {"3", "5", "10", "add"}
    for table in (found.pooled, *found.moments.values()):
        assert [row.name for row in table.models] == ["b0", "b1", "b2", "b3", "bayes"]
        assert {"log_loss", "brier", "roc_auc", "pr_auc", "ece", "bayes_share"} <= set(
            table.model("b3").metrics
        )
        assert 0.5 <= table.protocol["majority_rate"] <= 1.0
        assert table.paired_gain["b2"].against == "b3"
        assert table.paired_gain["b3"].against == "b0"
        assert table.paired_gain["b2 against b0"].against == "b0"
    assert found.pooled.rows == sum(table.rows for table in found.moments.values())
    assert found.never_seen is not None
    assert found.has_signal
    assert sum(map(sum, found.confusion)) == found.pooled.rows
    assert sum(one.count for one in found.calibration) == found.pooled.rows


def test_the_report_comes_back_from_json() -> None:
    assert ChurnReport.from_json(report().to_json()) == report()


def test_nobody_is_better_than_who_knows_the_laws() -> None:
    shares = {row.name: row.metrics["bayes_share"] for row in report().pooled.models if row.name != "bayes"}

    assert shares["b0"].value == 0.0
    assert 0.2 < shares["b3"].value < 1.05
    assert any("Bayes filter" in note for note in report().notes)


def test_labels_in_a_random_order_are_no_signal() -> None:
    made = churn_logs.mall_windows()
    names, visits = np.unique(made.visit, return_inverse=True)
    bought = np.random.default_rng(8).permutation(names.size)[visits] % 20 == 0
    found = assessed(replace(made, bought=bought.astype(np.int8)))
    auc = found.pooled.model(found.chosen).metrics["roc_auc"]

    assert not found.has_signal
    assert found.pooled.verdict.startswith("No signal")
    assert auc.low is not None
    assert auc.high is not None
    assert auc.low <= 0.5 <= auc.high


def test_a_short_log_is_split_by_shopper_and_says_so() -> None:
    found = assessed(churn_logs.mall_windows(2_500, 8))

    assert found.pooled.split == "grouped by shopper, 5 folds"
    assert any("fewer than 10" in note for note in found.notes)


def test_the_exit_is_asked_for_instead() -> None:
    found = assessed(churn_logs.mall_windows(), replace(PLAIN, target="exit", rungs=("b0", "b3")))

    assert found.target == "exit"
    assert "roc_auc" in found.pooled.model("b3").metrics
    assert found.pooled.protocol["buyers"] > found.pooled.rows / 2  # most visits go on


def test_a_plainer_rung_wins_within_a_standard_error() -> None:
    made = churn_logs.mall_windows()
    rng = np.random.default_rng(1)
    good = 1 - np.clip(0.05 + 0.4 * made.bought + rng.normal(0, 0.01, len(made)), 0.01, 0.99)
    poor = np.full(len(made), 0.5)
    near = choose(made, {"b0": poor, "b2": good.copy(), "b3": good})
    far = choose(made, {"b0": poor, "b2": poor, "b3": good})

    assert near.rung == "b2"
    assert far.rung == "b3"
    assert "the least of 3 rungs" in far.why
    assert choose(made, {"b0": good, "b3": good}).rung == "b0"


def test_a_segment_with_ten_shoppers_has_no_figure_of_its_own() -> None:
    watched = churn_logs.mall()
    few = {
        visit: ShopperStanding("few" if who < 10 else "many")
        for visit, who in enumerate(watched.log.shopper.tolist())
    }
    log = replace(watched.log, standings=[few[visit] for visit in range(watched.log.visits)])
    made = churn_logs.made(log, until_ms=windows.NEVER, extra=1)
    rows = {row.segment: row for row in assessed(made).segments}

    assert rows["few"].calibration_error is None
    assert rows["few"].calibrated_by == "all together"
    assert rows["many"].calibrated_by == "platt"


@pytest.mark.parametrize(
    "visits",
    [
        [],
        ["page_view " * 5],
        ["page_view " * 5] * 40,
        ["page_view add_to_cart page_view page_view purchase"] * 40,
    ],
    ids=["nothing", "one visit", "nobody buys", "everybody buys"],
)
def test_too_little_is_refused_in_words(visits: list[str]) -> None:
    steps = fit.evaluate(
        churn_logs.log(*visits), seed=1, clock=Ticking(), settings=PLAIN, until_ms=churn_logs.LATER
    )

    with pytest.raises(fit.TrainingRefused):
        churn_logs.result(steps)


def test_training_gives_the_same_artefact_for_the_same_seed() -> None:
    log = churn_logs.mall().log
    settings = replace(PLAIN, rungs=("b0", "b2", "b3"))
    one, same = (
        churn_logs.result(fit.train(log, seed=3, clock=Ticking(), settings=settings, until_ms=windows.NEVER))
        for _ in range(2)
    )

    assert one.artefact == same.artefact
    assert {"card.json", "check-aggregates.npy", "check-churn.npy"} <= set(artefacts.unpack(one.artefact))


@pytest.mark.parametrize(
    "wrong",
    [{"rungs": ("b9",)}, {"target": "x"}, {"split": "grouped:1"}, {"split": "x"}, {"epochs": 0}, {"bags": 0}],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        LadderSettings(**wrong)
