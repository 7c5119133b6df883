"""Who is held out: even over people, the same for ever, one salt independent of the other."""

from math import sqrt

import pytest

from engine.experiments.assign import BUCKETS, HOLDOUT, MALL_SALT, OWN_HOLDOUT, TREATED, bucket, group_of

PEOPLE = [f"person-{number}" for number in range(100_000)]


@pytest.fixture(scope="module")
def buckets():
    return [bucket(one, salt=MALL_SALT) for one in PEOPLE]


def test_buckets_are_even_over_a_hundred_thousand_people(buckets):
    cells = [0] * 100
    for one in buckets:
        assert 0 <= one < BUCKETS
        cells[one // 100] += 1

    chi2 = sum((count - 1_000) ** 2 / 1_000 for count in cells)

    assert chi2 < 148.2  # 99 degrees of freedom: 1 of 1,000


@pytest.mark.parametrize("holdout_bp", [100, 500, 1_000, 5_000])
def test_the_split_passes_a_sample_ratio_test(buckets, holdout_bp):
    share, n = holdout_bp / BUCKETS, len(PEOPLE)
    held = sum(one < holdout_bp for one in buckets)

    assert abs(held - n * share) < 3.29 * sqrt(n * share * (1 - share))  # 1 of 1,000


def test_a_campaigns_own_holdout_does_not_go_with_the_malls(buckets):
    own = [bucket(one, salt="summer") for one in PEOPLE]
    both = sum(one < 1_000 and other < 1_000 for one, other in zip(buckets, own, strict=True))

    assert abs(both - 1_000) < 3.29 * sqrt(100_000 * 0.01 * 0.99)


def test_a_person_stays_where_she_is():
    """Figures that must never change: people would wander between the arms."""
    assert [bucket(one, salt=MALL_SALT) for one in PEOPLE[:4]] == [3475, 293, 8225, 2341]
    assert [bucket(one, salt="summer") for one in PEOPLE[:4]] == [7364, 3974, 3016, 6985]


def test_a_larger_holdout_keeps_everybody_whom_a_smaller_one_held(buckets):
    for person in PEOPLE[:2_000]:
        if group_of(person, holdout_bp=500) == HOLDOUT:
            assert group_of(person, holdout_bp=1_000) == HOLDOUT


def test_the_malls_holdout_comes_first_and_nobody_is_in_both():
    groups = [group_of(one, holdout_bp=5_000, own_holdout_bp=5_000, salt="s") for one in PEOPLE[:20_000]]

    assert groups.count(HOLDOUT) == pytest.approx(10_000, abs=3.29 * 71)
    assert groups.count(OWN_HOLDOUT) == pytest.approx(5_000, abs=3.29 * 62)
    assert groups.count(TREATED) == 20_000 - groups.count(HOLDOUT) - groups.count(OWN_HOLDOUT)


@pytest.mark.parametrize(
    ("shares", "group"),
    [((0, 0), TREATED), ((10_000, 0), HOLDOUT), ((0, 10_000), OWN_HOLDOUT), ((10_000, 10_000), HOLDOUT)],
)
def test_none_and_all(shares, group):
    found = {group_of(one, holdout_bp=shares[0], own_holdout_bp=shares[1], salt="s") for one in PEOPLE[:500]}

    assert found == {group}
