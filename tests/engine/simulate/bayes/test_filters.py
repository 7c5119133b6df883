"""What the filter promises: calibrated answers, no look ahead, the same answer to the same question."""

from dataclasses import replace

import numpy as np
import pytest

from engine.simulate import bayes
from engine.simulate.bayes import chain as chains
from engine.simulate.bayes import population
from engine.simulate.mall import catalogue, days, laws, visits
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.visits import World

SETTINGS = WorldSettings(shoppers=9_000, days=6, seed=4)
DRAWS = 400


@pytest.fixture(scope="module")
def seen():
    return bayes.join(list(bayes.untreated(SETTINGS)))


@pytest.fixture(scope="module")
def lives():
    return bayes.live(SETTINGS, draws=DRAWS)


@pytest.fixture(scope="module")
def running(seen):
    """Visits that go on after five clicks."""
    return seen.take(seen.clicks > 5)


def few(seen, number=150):
    return seen.take(np.arange(len(seen) - number, len(seen)))


def errors_off(bought, answer):
    """How many standard errors the number of purchases is away from what was said."""
    spread = (answer.chance * (1 - answer.chance)).sum() + answer.standard_error.sum() ** 2
    return abs(bought.sum() - answer.chance.sum()) / np.sqrt(spread)


def deciles_off(bought, answer):
    """Chi-square of ten equal groups by answer."""
    groups = np.array_split(np.argsort(answer.chance, kind="stable"), 10)
    said, came = answer.chance, bought.astype(np.float64)
    return sum((came[g].sum() - said[g].sum()) ** 2 / (said[g] * (1 - said[g])).sum() for g in groups)


FAR = 37.7  # chi-square with ten degrees of freedom exceeds this once in 23,000 times


def test_the_mean_and_the_deciles_of_the_visit_alone_come_true(running, lives):
    answer = bayes.filter_at(running, at=5, lives=lives)

    assert len(answer) > 2_000
    assert errors_off(running.bought, answer) < 3
    assert deciles_off(running.bought, answer) < FAR


def test_the_mean_and_the_deciles_with_history_come_true(seen, running):
    late = running.take(running.visit % days.DAY_SLOTS >= 3)
    answer = bayes.filter_at(late, at=5, past=seen, draws=DRAWS)

    assert errors_off(late.bought, answer) < 3
    assert deciles_off(late.bought, answer) < FAR


def test_what_is_said_at_the_first_add_comes_true(seen, lives):
    adds = seen.first(laws.ADD)
    going_on = (adds > 0) & (seen.clicks > adds)
    answer = bayes.filter_at(seen.take(going_on), at=adds[going_on], lives=lives)

    assert errors_off(seen.bought[going_on], answer) < 3
    assert deciles_off(seen.bought[going_on], answer) < FAR


def test_where_a_policy_stands_a_purchase_at_that_click_is_still_to_come(seen, lives):
    adds = seen.first(laws.ADD)
    added = adds > 0
    answer = bayes.filter_at(seen.take(added), at=adds[added], lives=lives, is_running=False)

    assert errors_off(seen.bought[added], answer) < 3


def test_the_filter_knows_more_than_the_base_rate(running, lives):
    answer = bayes.filter_at(running, at=5, lives=lives)
    rate, bought = running.bought.mean(), running.bought
    loss = -np.log(np.where(bought, answer.chance, 1 - answer.chance)).mean()

    assert loss < -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    assert answer.chance[bought].mean() > answer.chance[~bought].mean()


def test_what_comes_later_changes_no_answer(seen, running):
    asked = few(running)
    other_end = replace(cut(asked, 5), bought=~asked.bought, clicks=asked.clicks + 9)
    up_to_then = seen.take(seen.visit % days.DAY_SLOTS < 5)
    earlier = asked.take(asked.visit % days.DAY_SLOTS == 5)

    whole = bayes.filter_at(asked, at=5, draws=DRAWS)
    with_all = bayes.filter_at(earlier, at=5, past=seen, draws=DRAWS)

    assert bayes.filter_at(other_end, at=5, draws=DRAWS).chance.tobytes() == whole.chance.tobytes()
    assert len(earlier) > 10
    assert (
        bayes.filter_at(earlier, at=5, past=up_to_then, draws=DRAWS).chance.tobytes()
        == with_all.chance.tobytes()
    )


def test_other_shoppers_and_the_order_change_no_answer(running):
    asked = few(running)
    backwards = np.arange(len(asked))[::-1]

    whole = bayes.filter_at(asked, at=5, draws=DRAWS).chance
    turned = bayes.filter_at(asked.take(backwards), at=5, draws=DRAWS).chance
    alone = bayes.filter_at(asked.take(np.array([7])), at=5, draws=DRAWS).chance

    assert np.allclose(turned[backwards], whole, rtol=1e-12, atol=0)
    assert np.allclose(alone, whole[7], rtol=1e-12, atol=0)


def test_a_past_of_others_says_nothing(seen, running):
    asked = few(running, 60)
    others = seen.take(~np.isin(seen.shopper, asked.shopper))

    with_others = bayes.filter_at(asked, at=5, past=others, draws=DRAWS).chance

    assert np.array_equal(with_others, bayes.filter_at(asked, at=5, draws=DRAWS).chance)


def test_the_same_seed_says_the_same_and_another_one_differs_by_the_standard_error(running):
    asked = few(running, 40)
    answers = [bayes.filter_at(asked, at=5, draws=DRAWS, seed=seed) for seed in range(20)]

    again = bayes.filter_at(asked, at=5, draws=DRAWS, seed=0)
    spread = np.std([answer.chance for answer in answers], axis=0, ddof=1)
    said = np.mean([answer.standard_error for answer in answers], axis=0)

    assert again.chance.tobytes() == answers[0].chance.tobytes()
    assert 0.8 < np.median(spread / said) < 1.25


def test_effective_draws_lie_between_one_and_the_draws(running):
    answer = bayes.filter_at(few(running), at=5, draws=DRAWS)

    assert (answer.effective_draws >= 1).all()
    assert (answer.effective_draws <= DRAWS).all()
    assert ((answer.chance > 0) & (answer.chance < 1)).all()
    assert (answer.standard_error > 0).all()


@pytest.mark.parametrize("step", [0, 1, 7, laws.MAX_STEPS - 1])
def test_the_hazards_are_those_of_the_mall(step):
    who = population.draw(300, seed=1)
    chain = chains.make(who)
    world = World(who, catalogue.catalogue(), laws.tables())
    everyone, zero = np.arange(300), np.zeros(300, dtype=np.int64)
    batch = visits.begin(
        world, shopper=everyone, visit=everyone, base=zero.astype(np.uint64), start_ms=zero, level=who.level,
        intent=np.full(300, 0.4),
    )  # fmt: skip
    for phase in range(laws.PHASES):
        for lines in range(laws.LINES + 1):
            batch.phase, batch.lines = zero + phase, zero + lines
            buys, leaves = visits.end_chances(world, batch, step)
            ours = [
                chains.ending(chain, step, lines=lines, carried=0.4, bought=b)[phase] for b in (True, False)
            ]

            assert np.allclose(ours[0], buys[chain.order], rtol=1e-10, atol=1e-14)
            assert np.allclose(ours[1], leaves[chain.order], rtol=1e-10, atol=1e-14)


def test_draws_are_not_shoppers_of_a_mall():
    seed = 11
    mall = days.open_mall(WorldSettings(500, 1, seed)).world.shoppers

    assert not np.isin(population.draw(500, seed=seed).intent, mall.intent).any()


def test_after_the_last_possible_click_nothing_is_bought(monkeypatch):
    monkeypatch.setattr(laws, "MAX_STEPS", 3)
    seen = bayes.join(list(bayes.untreated(WorldSettings(300, 1, 2))))
    long = replace(seen.take(seen.clicks == 3), clicks=np.full((seen.clicks == 3).sum(), 4))

    assert (bayes.filter_at(long, at=3, draws=50).chance == 0).all()


def test_no_visits_no_answers(running):
    nobody = running.take(np.zeros(len(running), dtype=bool))

    assert len(bayes.filter_at(nobody, at=5, draws=10)) == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"at": 0}, "number from 1 to 60"),
        ({"at": 61}, "number from 1 to 60"),
        ({"at": 30}, "is over at click 30"),
        ({"at": 5, "draws": 1}, "at least 2 draws, not 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(running, asked, words):
    with pytest.raises(ValueError, match=words):
        bayes.filter_at(running, **asked)


def test_the_past_is_known_or_it_is_not(seen, running, lives):
    with pytest.raises(ValueError, match="known or it is not"):
        bayes.filter_at(running, at=5, past=seen, lives=lives)


def cut(seen, clicks):
    columns = ("kind", "gap", "turn", "group", "lines")
    return replace(seen, **{name: getattr(seen, name)[:, :clicks] for name in columns})


def test_clicks_that_were_not_noted_cannot_be_read(seen, running):
    with pytest.raises(ValueError, match="4 clicks were noted, not 5"):
        bayes.filter_at(cut(running, 4), at=5)
    with pytest.raises(ValueError, match="every click"):
        bayes.filter_at(running, at=5, past=cut(seen, 4), draws=10)


def test_lives_that_end_before_a_visit_are_refused(running):
    short = bayes.live(replace(SETTINGS, days=2), draws=20)

    with pytest.raises(ValueError, match="have 2 days"):
        bayes.filter_at(running, at=5, lives=short)


def test_a_removal_from_an_empty_basket_is_not_of_this_mall(running):
    asked = few(running, 3)
    asked.kind[1, 2] = laws.REMOVE
    asked.lines[1, :] = 0

    with pytest.raises(ValueError, match=rf"Visit {asked.visit[1]}: .* click 3"):
        bayes.filter_at(asked, at=5, draws=20)


def test_a_purchase_with_an_empty_basket_is_not_of_this_mall(seen, running):
    asked = few(running, 30)
    wrong = replace(seen, bought=seen.bought | (seen.first(laws.ADD) == 0))

    with pytest.raises(ValueError, match="no draw can have done"):
        bayes.filter_at(asked, at=5, past=wrong, draws=20)
