"""Draws by counting: even, unrelated, and the same one by one and in bulk."""

import numpy as np
import pytest
from scipy.stats import chi2

from engine.simulate.chance import draws

N, RARE = 64_000, 1e-4  # fixed seeds: one test in ten thousand would fail a perfect source
BASE = draws.bases(draws.seed_word(77, "visits"), np.arange(N), 3)


def refuse_uneven(counts):
    expected = counts.sum() / counts.size
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert RARE < chi2.sf(statistic, counts.size - 1) < 1 - RARE


def cells(u, number):
    return (u * number).astype(np.int64)


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63 - 1])
@pytest.mark.parametrize(
    "purpose", [draws.PHASE_KIND_DWELL, draws.ENDING, draws.VISITS_TODAY, draws.RANDOM_ARM]
)
def test_draws_of_many_shoppers_are_even(seed, purpose):
    base = draws.bases(draws.seed_word(seed, "visits"), np.arange(N), 5)
    u = draws.uniform(draws.words(base, 2, purpose))

    assert u.min() >= 0.0
    assert u.max() < 1.0
    refuse_uneven(np.bincount(cells(u, 64), minlength=64))


def test_draws_of_many_clicks_and_days_are_even():
    one = draws.bases(draws.seed_word(5, "visits"), np.array([42]))
    by_click = draws.uniform(draws.words(np.repeat(one, N), np.arange(N), draws.ENDING))
    by_day = draws.uniform(
        draws.words(draws.bases(draws.seed_word(5, "visits"), np.array([42]), np.arange(N)), 0, draws.START)
    )

    refuse_uneven(np.bincount(cells(by_click, 64), minlength=64))
    refuse_uneven(np.bincount(cells(by_day, 64), minlength=64))


@pytest.mark.parametrize(
    "other",
    [
        lambda: draws.words(BASE, 8, draws.ENDING),
        lambda: draws.words(BASE, 7, draws.ITEM),
        lambda: draws.words(draws.bases(draws.seed_word(77, "visits"), np.arange(N), 4), 7, draws.ENDING),
        lambda: draws.words(draws.bases(draws.seed_word(77, "visits"), np.arange(N) + 1, 3), 7, draws.ENDING),
        lambda: draws.words(draws.bases(draws.seed_word(78, "visits"), np.arange(N), 3), 7, draws.ENDING),
        lambda: draws.words(draws.bases(draws.seed_word(77, "shoppers"), np.arange(N), 3), 7, draws.ENDING),
    ],
    ids=["next click", "other purpose", "next day", "next shopper", "next seed", "other stream"],
)
def test_neighbours_know_nothing_of_each_other(other):
    one, two = draws.uniform(draws.words(BASE, 7, draws.ENDING)), draws.uniform(other())

    refuse_uneven(np.bincount(cells(one, 16) * 16 + cells(two, 16), minlength=256))


@pytest.mark.parametrize(("low", "width"), [(0, 12), (12, 12), (24, 12), (36, 24), (48, 12), (52, 12)])
def test_pieces_of_one_word_are_even(low, width):
    piece = draws.bits(draws.words(BASE, 1, draws.PHASE_KIND_DWELL), low, width)

    assert piece.min() >= 0
    assert piece.max() < 1 << width
    refuse_uneven(np.bincount(piece >> (width - 6), minlength=64))
    refuse_uneven(np.bincount(piece & 63, minlength=64))


def test_one_by_one_and_in_bulk_are_the_same():
    numbers = np.array([0, 1, 2**40, 2**64 - 1], dtype=np.uint64)

    assert draws.mix_all(numbers).tolist() == [draws.mix(int(number)) for number in numbers]
    assert draws.words(BASE[:5], 9, 3).tolist() == draws.words(BASE[:5], np.full(5, 9), 3).tolist()


def test_a_policys_luck_is_even_and_never_a_shoppers():
    policy = [draws.Counted(int(base), 4).uniform(40) for base in BASE[:16_000]]
    world = {int(w) for purpose in range(32) for w in draws.words(BASE[:200], 4, purpose)}

    refuse_uneven(np.bincount(cells(np.array(policy), 32), minlength=32))
    assert not world & {int(draws.Counted(int(base), 4).uniform(40) * 2**53) for base in BASE[:200]}
