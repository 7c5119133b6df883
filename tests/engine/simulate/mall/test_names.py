"""Names look random, never repeat, and are the same one by one and in bulk."""

import re

import numpy as np
import pytest

from engine.simulate.mall import names

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("one", "many"), [(names.shopper_id, names.shopper_ids), (names.visit_id, names.visit_ids)]
)
@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_one_by_one_and_in_bulk_are_the_same(one, many, seed):
    numbers = np.array([0, 1, 2, 255, 20_000, 2**31, 2**40 + 3, 2**63 - 1], dtype=np.uint64)

    assert many(seed, numbers) == [one(seed, int(number)) for number in numbers]
    assert many(seed, numbers[:0]) == []


def test_a_million_names_are_a_million():
    made = names.shopper_ids(11, np.arange(MILLION, dtype=np.int64))

    assert len(set(made)) == MILLION
    assert made[999_999] == names.shopper_id(11, 999_999)
    assert re.fullmatch("s[0-9a-f]{16}", made[0])


def test_seeds_and_purposes_have_names_of_their_own():
    numbers = np.arange(1000)
    made = [
        names.hashed_all(seed, purpose, numbers)
        for seed in (1, 2)
        for purpose in (names.SHOPPER, names.VISIT)
    ]

    assert len(set(np.concatenate(made).tolist())) == 4000


def test_neighbours_share_no_more_bits_than_chance_gives():
    hashes = names.hashed_all(3, names.SHOPPER, np.arange(20_000))
    differing = np.unpackbits((hashes[1:] ^ hashes[:-1]).view(np.uint8)).mean()

    assert differing == pytest.approx(0.5, abs=0.002)


def test_the_order_of_names_says_nothing_about_the_order_of_numbers():
    numbers = np.arange(20_000)
    ranks = names.hashed_all(5, names.VISIT, numbers).argsort().argsort()

    assert abs(np.corrcoef(numbers, ranks)[0, 1]) < 0.03


def test_draws_are_uniform():
    draws = names.uniforms(9, names.LABEL, np.arange(100_000))

    assert 0 <= draws.min() < draws.max() < 1
    assert draws.mean() == pytest.approx(0.5, abs=0.004)
    assert np.histogram(draws, 10, (0, 1))[0].min() > 9_600
