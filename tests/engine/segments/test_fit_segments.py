"""Fitting: four kinds of shoppers come out as four segments, the same each time; odd data make fewer, or a sentence."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
import segment_rows

from engine.contracts import NEWCOMERS, SEGMENTATIONS, SegmentsReport
from engine.segments import figures, serve
from engine.segments.columns import ShopperColumns
from engine.segments.fit import FitRefused, Former


@cache
def report() -> SegmentsReport:
    return segment_rows.fitted(before=segment_rows.past()).report


KINDS = {"Loyal big spenders", "Rare big spenders", "Frequent small spenders", "Rare small spenders"}


def test_four_kinds_are_four_segments() -> None:
    found = segment_rows.built()

    assert {one.name for one in found.model.segments} == KINDS
    codes = found.assigned.codes[:200]
    assert all(len(set(codes[kind::4])) == 1 for kind in range(4))
    assert len(set(codes)) == 4
    assert set(found.assigned.codes[200:]) == {NEWCOMERS}


def test_a_newcomer_has_no_scores() -> None:
    found = segment_rows.built().assigned

    assert np.isnan(found.spending[200:]).all()
    assert np.isnan(found.behaviour[200:]).all()
    assert (np.abs(found.spending[:200]) <= 3).all()


def test_scores_rise_with_spend_and_with_visits() -> None:
    found = segment_rows.built().assigned
    given = segment_rows.columns()

    assert np.corrcoef(found.spending[:200], given.spend_180d_minor[:200])[0, 1] > 0.5
    assert np.corrcoef(found.behaviour[:200], given.visits_60d[:200])[0, 1] > 0.5


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = (segment_rows.fitted(before=segment_rows.past(), seed=3) for _ in range(2))

    assert serve.to_bytes(one.model) == serve.to_bytes(other.model)
    assert one.report == other.report


def test_a_report_is_the_same_after_json() -> None:
    assert SegmentsReport.from_json(report().to_json()) == report()


def test_all_methods_are_compared_and_a_real_signal_is_seen() -> None:
    loss = {one.name: one.metrics["log_loss"].value for one in report().methods.models}

    assert set(loss) == set(SEGMENTATIONS)
    assert loss["grid"] < loss["one_rate"]
    assert report().methods.paired_gain["grid"].metrics["log_loss"].low > 0
    assert set(report().gates) == {"grid", "scores_and_grid"}


def test_where_nothing_can_be_known_nothing_is_found() -> None:
    report = segment_rows.fitted(before=segment_rows.past(chance=0.3)).report

    assert report.methods.paired_gain["grid"].metrics["log_loss"].low < 0
    assert "words for people" in report.verdict


def test_without_a_past_the_verdict_says_so() -> None:
    report = segment_rows.fitted().report

    assert "not enough of a past" in report.verdict
    assert report.gates == {}
    assert "silhouette" in report.methods.model("joint").metrics


@pytest.mark.parametrize("shoppers", [0, 1, 10, 29])
def test_too_few_shoppers_are_refused_in_words(shoppers: int) -> None:
    with pytest.raises(FitRefused, match=f"Of {shoppers + 20} shoppers {shoppers} have at least"):
        segment_rows.built(segment_rows.columns(shoppers))


def test_nobody_with_an_order_has_one_level_of_spending() -> None:
    none = np.zeros(220)
    given = segment_rows.columns(
        orders_180d=none, spend_180d_minor=none, orders_ever=none, days_since_last_order=np.full(220, np.nan)
    )
    found = segment_rows.built(given)

    assert len(found.model.spending_levels) == 1
    assert {one.name for one in found.model.segments} == {"Rare lookers", "Frequent lookers"}


def test_shoppers_who_are_all_alike_are_one_segment() -> None:
    one = segment_rows.columns(4, newcomers=0).take(np.zeros(60, dtype=int))
    found = segment_rows.built(one)

    assert len(found.model.segments) == 1
    assert set(found.assigned.spending) == {0.0}


@pytest.mark.parametrize("odd", [np.nan, np.inf, -1.0])
def test_what_is_unknown_counts_as_nothing(odd: float) -> None:
    plain = segment_rows.columns()
    spoilt = plain.median_active_seconds.copy()
    spoilt[:7] = odd
    zero = plain.median_active_seconds.copy()
    zero[:7] = 0.0
    found = segment_rows.built(replace(plain, median_active_seconds=spoilt))

    assert np.isfinite(found.assigned.behaviour[:200]).all()
    assert found.model == segment_rows.built(replace(plain, median_active_seconds=zero)).model


def test_everything_unknown_is_one_segment() -> None:
    plain = segment_rows.columns(60, newcomers=0)
    unknown = np.full(60, np.nan)
    nothing = ShopperColumns(**{field.name: unknown for field in fields(ShopperColumns)})

    assert nothing.is_newcomer().all()
    found = segment_rows.built(replace(nothing, visits_ever=plain.visits_ever))
    assert len(found.model.segments) == 1


def test_a_segment_of_ten_has_figures_with_wide_intervals() -> None:
    """Ten of 210 are more than 3 %, so that they stay a segment."""
    found = segment_rows.built(segment_rows.columns(210))
    small = found.model.segments[0].code
    rows = np.flatnonzero(found.assigned.codes == small)[:10]
    others = np.flatnonzero(found.assigned.codes != small)
    again = segment_rows.built(segment_rows.columns(210).take(np.append(rows, others)))
    rows = figures.of_all(
        again.model, segment_rows.columns(210).take(np.append(rows, others)), again.assigned, kept=again.kept
    )
    smallest = min(rows, key=lambda one: one.shoppers)

    assert smallest.shoppers == 10
    assert smallest.bought.low is not None
    assert smallest.bought.low < smallest.bought.high


def test_a_cell_under_three_percent_joins_its_neighbour() -> None:
    given = segment_rows.columns(400)
    alone = np.flatnonzero(np.arange(400) % 4 == 1)
    few = given.take(np.setdiff1d(np.arange(420), alone[3:]))  # three of the rare big spenders stay
    found = segment_rows.built(few)

    assert min(np.unique(found.assigned.codes, return_counts=True)[1]) > 3
    assert len(found.model.segments) == 3
    assert len(found.model.cells) == 4


def test_a_refit_on_the_same_shoppers_moves_nobody() -> None:
    first = segment_rows.built()
    again = segment_rows.fitted(former=Former(first.model, list(first.assigned.codes)))

    assert [one.code for one in again.model.segments] == [one.code for one in first.model.segments]
    assert (again.report.moved_share, again.report.moved_by_refit) == (0.0, 0.0)
    assert all(one.is_kept for one in again.report.segments if one.code != NEWCOMERS)


def test_a_refit_on_other_shoppers_keeps_codes_and_names() -> None:
    first = segment_rows.built()
    again = segment_rows.built(segment_rows.columns(seed=77), former=Former(first.model, [""] * 220))

    assert {(one.code, one.name) for one in again.model.segments} == {
        (one.code, one.name) for one in first.model.segments
    }
