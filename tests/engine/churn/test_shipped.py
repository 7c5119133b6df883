"""Nets that ship stand in the same ladder: asked in their own words, calibrated here, chosen by the same rule."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import churn_logs
import net_ladder
import numpy as np
import pytest
from churn_logs import Ticking

from engine.artefacts import ArtefactCorrupt
from engine.churn import fit, serve, windows
from engine.churn.columns import AGGREGATES, STANDING, Words
from engine.churn.fit import LadderSettings, Trained
from engine.churn.ladder import climb, shipped
from engine.churn.watch import gates

FOLDER = Path(__file__).resolve().parents[3] / "datasets" / "nets"
NAMES = ("b4", "b5", "b7")


def file_of(rung: str) -> bytes:
    return (FOLDER / f"{rung}.model").read_bytes()


@cache
def trained() -> Trained:
    settings = LadderSettings(
        rungs=("b0",), extra=1, bags=1, shipped={rung: file_of(rung) for rung in ("b4", "b5")}
    )
    log = churn_logs.mall().log
    return churn_logs.result(
        fit.train(log, seed=1, clock=Ticking(), settings=settings, until_ms=windows.NEVER)
    )


def every() -> tuple[Trained, ...]:
    return (trained(), *trained().beside)


def some() -> windows.Windows:
    return churn_logs.mall_windows().take(np.arange(0, 600, 7))


@pytest.mark.parametrize("rung", NAMES)
def test_what_ships_says_of_windows_what_its_file_says(rung: str) -> None:
    model, found = serve.load(file_of(rung)), shipped.of(rung, file_of(rung))
    told = shipped.translated(some(), model.words)
    assert found.score(some()).tolist() == model.raw(told.aggregates, told.steps).tolist()


@pytest.mark.parametrize("rung", NAMES)
def test_what_it_never_learnt_of_shoppers_changes_nothing(rung: str) -> None:
    known = some()
    at = [AGGREGATES.index(name) for name in STANDING[1:]]
    known.aggregates[:, at] = [2_500, -1_800, 400]
    plain = replace(known, aggregates=known.aggregates.copy())
    plain.aggregates[:, at] = 0
    found = shipped.of(rung, file_of(rung))
    assert found.score(known).tolist() == found.score(plain).tolist()


def test_the_order_of_words_changes_nothing_and_a_word_it_has_not_is_unknown() -> None:
    asked = some()
    names = asked.words.categories
    turned = shipped.translated(asked, Words(names[::-1], asked.words.segments))
    found = shipped.of("b5", file_of("b5"))
    assert found.score(turned).tolist() == found.score(asked).tolist()

    foreign = replace(asked, words=Words(tuple(f"other {name}" for name in names), ()))
    assert not found.told(foreign).steps[:, :, 1].any()
    assert np.isfinite(found.score(foreign)).all()


def test_all_stand_in_one_table_and_the_choice_is_among_them() -> None:
    report = trained().report
    assert [row.name for row in report.pooled.models] == ["b0", "b3", "b4", "b5"]
    assert report.pooled.protocol["shipped"] == ["b4", "b5"]
    assert all(row.score_micros for row in report.pooled.models)


def test_each_that_was_not_chosen_can_be_kept_beside() -> None:
    kept = [one.report.chosen for one in every()]
    assert sorted(kept) == sorted({"b4", "b5"} | set(kept))
    assert len(kept) == 3  # the two, and the best of what learnt here
    tables = {repr(one.report.pooled.models) for one in every()}
    assert len(tables) == 1
    for one in trained().beside:
        assert one.report.chosen in one.report.why
        assert one.report.confusion != ((0, 0), (0, 0))


@pytest.mark.parametrize("place", range(3))
def test_an_artefact_of_each_serves_what_was_measured(place: int) -> None:
    one = every()[place]
    model = serve.load(one.artefact)
    held = {gate.name: gate for gate in gates.measure(one, model, None, clock=Ticking())}

    assert model.rung == one.report.chosen
    assert held["parity"].holds, held["parity"]
    assert (held["parity"].note == gates.OF_SHIPPED) == (model.rung in ("b4", "b5"))
    assert one.shipped_off is None or 0 < one.shipped_off <= serve.CLOSE


@pytest.mark.parametrize("rung", net_ladder.RUNGS)
def test_the_time_of_a_score_is_that_of_the_form_that_serves(rung: str) -> None:
    class Learner:
        """Its own answers are not asked for."""

        name = rung

        def score(self, windows: Any) -> Any:
            raise AssertionError("the learner was timed")

        def parts(self) -> dict[str, bytes]:
            kept: dict[str, bytes] = net_ladder.rungs()[rung].parts()
            return kept

    assert climb._micros(Learner(), net_ladder.MADE, Ticking()) == pytest.approx(1_000)


def test_a_segment_of_the_mall_calibrates_a_net_that_knows_none() -> None:
    asked = some()
    named = replace(asked, words=Words(asked.words.categories, ("loyal", "rare")))
    named.aggregates[:, AGGREGATES.index("segment")] = np.arange(len(named)) % 3 - 1
    named = replace(named, segment=named.aggregates[:, AGGREGATES.index("segment")].astype(np.int16))
    told = shipped.of("b4", file_of("b4")).told(named)
    assert told.segment.tolist() == named.segment.tolist()


def damaged() -> bytes:
    content = bytearray(file_of("b4"))
    content[len(content) // 2] ^= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: file_of("b5"), "holds the rung b5 and not b4"),
        (lambda: net_ladder.packed("b4"), "knows segments of the mall"),
        (damaged, "damaged|changed|checksum"),
    ],
    ids=["another rung", "with segments", "damaged"],
)
def test_what_cannot_ship_is_refused_in_words(content: Any, words: str) -> None:
    with pytest.raises(ArtefactCorrupt, match=words):
        shipped.of("b4", content())
