"""The visits of the simulated mall as walks: the same for a seed, in order, of goods that the demo sells."""

from collections.abc import Sequence
from itertools import islice

import pytest

from engine.contracts import KINDS
from engine.simulate.mall.catalogue import catalogue
from service_provider.management.play.walks import Walk, walks


@pytest.fixture(scope="module")
def some() -> Sequence[Walk]:
    return tuple(islice(walks(7), 600))


def test_a_seed_gives_the_same_visits_and_another_one_others(some: Sequence[Walk]) -> None:
    assert tuple(islice(walks(7), 600)) == some
    assert tuple(islice(walks(8), 600)) != some


def test_no_visit_comes_twice(some: Sequence[Walk]) -> None:
    assert len({walk.number for walk in some}) == len(some)


def test_steps_go_forward_from_the_beginning(some: Sequence[Walk]) -> None:
    for walk in some:
        moments = [step.after_ms for step in walk.steps]
        assert moments[0] == 0
        assert moments == sorted(moments)
        assert walk.lasts_ms == moments[-1]


def test_what_the_mall_tells_itself_is_no_step(some: Sequence[Walk]) -> None:
    kinds = {step.kind for walk in some for step in walk.steps}
    assert kinds == set(KINDS) - {"checkout", "purchase"}
    assert any(walk.buys for walk in some)
    assert all(any(step.kind == "add_to_cart" for step in walk.steps) for walk in some if walk.buys)


def test_goods_and_categories_are_the_demos(some: Sequence[Walk]) -> None:
    sold = {product.product_id: product.category for product in catalogue().products}
    for step in (step for walk in some for step in walk.steps):
        assert not step.product_id or sold[step.product_id] == step.category
        assert (step.kind == "search") == bool(step.words)


def test_some_are_robots_some_events_are_late_and_some_come_twice(some: Sequence[Walk]) -> None:
    steps = [step for walk in some for step in walk.steps]
    assert 0 < sum(walk.is_robot for walk in some) < len(some) / 20
    assert 0 < sum(step.is_late for step in steps) < len(steps) / 20
    assert 0 < sum(step.is_repeated for step in steps) < len(steps) / 20
