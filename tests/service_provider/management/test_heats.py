"""Heats on several processors: results in the order of the heats, and children that are gone are told."""

import multiprocessing

import heat_parts
import pytest
from left_over import still_alive

from service_provider.management.evaluations import heats


def walked(part, what, processes):
    steps, seen = heats.walk(part, what, processes=processes), []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_heats(processes):
    found, seen = walked(heat_parts.count, [3, 1, 2], processes)

    assert found == [(3, True), (1, True), (2, True)]
    assert all(step.done <= step.total for step in seen)


@pytest.mark.parametrize("processes", [1, 2])
def test_what_fails_in_a_heat_is_told(processes):
    with pytest.raises(ValueError, match="heat 1 failed"):
        walked(heat_parts.fail, [1, 1], processes)


def test_a_process_that_is_killed_is_told_in_words():
    with pytest.raises(heats.CrewLost, match="ended from outside"):
        walked(heat_parts.be_killed, [1, 2], 2)


def test_who_stops_listening_leaves_no_child():
    before = set(multiprocessing.active_children())
    steps = heats.walk(heat_parts.count, [50_000, 50_000], processes=2)
    next(steps)
    working = set(multiprocessing.active_children()) - before
    steps.close()

    assert still_alive({child.pid or 0 for child in working}) == set()
