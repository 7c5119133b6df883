"""Chance that can be had again: the same for the same seed, even over seeds, another for another purpose."""

from engine.policy.luck import Luck

N = 20_000


def test_a_draw_can_be_had_again():
    assert Luck("a").uniform(1) == Luck("a").uniform(1)
    assert len({Luck(seed).uniform(purpose) for seed in "ab" for purpose in (1, 2)}) == 4


def test_draws_are_even():
    draws = [Luck(f"{seed:032x}").uniform(7) for seed in range(N)]
    counts = [0] * 20
    for draw in draws:
        assert 0 <= draw < 1
        counts[int(draw * 20)] += 1

    chi2 = sum((count - N / 20) ** 2 / (N / 20) for count in counts)

    assert chi2 < 43.8  # 19 degrees of freedom: 1 of 1,000


def test_purposes_do_not_go_together():
    pairs = [
        (Luck(f"{seed:032x}").uniform(1) < 0.5, Luck(f"{seed:032x}").uniform(2) < 0.5) for seed in range(N)
    ]
    both = sum(one and other for one, other in pairs)

    assert abs(both - N / 4) < 4 * (N * 3 / 16) ** 0.5
