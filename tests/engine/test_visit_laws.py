"""The laws of the fold: it may be cut anywhere, gives the same bytes for the same events, counts without regard to
their order, and never grows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visit_events import SECOND, TEN, add, state, view

from engine import visit
from engine.contracts import KINDS, EventIn

ROOT = Path(__file__).parents[2]
EMPTY = visit.empty("visit-1", "anna")
# A busy machine is no fault of the fold.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = [f"category {letter}" for letter in "abcdefghijk"]  # as many as have a count of their own
events = st.builds(
    EventIn,
    event_id=st.just("e-1"),
    shopper_id=st.just("anna"),
    visit_id=st.just("visit-1"),
    occurred_at=st.integers(TEN, TEN + 40).map(lambda at: TEN + (at - TEN) * SECOND),
    kind=st.sampled_from(KINDS),
    product_id=st.sampled_from(["", "shirt", "shoes", "lamp", "한국어" * 30]),
    category=st.sampled_from(["", *NAMES]),
    price_minor=st.none() | st.integers(0, 10**12),
    quantity=st.none() | st.integers(1, 9),
)
texts = st.text(max_size=90) | st.just("\ud800" * 30) | st.just("長" * 80)
wild_events = st.builds(
    EventIn,
    event_id=texts,
    shopper_id=texts,
    visit_id=texts,
    occurred_at=st.integers(1, visit.LAST_MOMENT),
    kind=st.sampled_from(KINDS),
    product_id=texts,
    category=texts,
    price_minor=st.none() | st.integers(0, visit.MOST_MINOR),
    quantity=st.none() | st.integers(1, 10**9),
)


@given(st.lists(events), st.lists(events))
@calm
def test_folding_a_batch_is_folding_its_parts(first, then):
    assert visit.fold_all(visit.fold_all(EMPTY, first), then) == visit.fold_all(EMPTY, [*first, *then])


@given(st.lists(st.lists(events, max_size=12), max_size=6))
@calm
def test_cut_anywhere_a_batch_gives_the_same_bytes_even_when_each_part_was_at_rest(parts):
    made = EMPTY
    for part in parts:
        made = visit.from_bytes(visit.to_bytes(visit.fold_all(made, part)))
    whole = visit.fold_all(EMPTY, [one for part in parts for one in part])

    assert visit.to_bytes(made) == visit.to_bytes(whole)


@given(st.lists(wild_events, max_size=40), texts, texts)
@calm
def test_the_same_events_give_the_same_bytes(some, visit_id, shopper_id):
    """Nothing but the events counts: not the state that was there, not the objects that carry them."""
    again = [EventIn(*one) for one in some]
    first = visit.to_bytes(visit.fold_all(visit.empty(visit_id, shopper_id), some))
    visit.fold_all(EMPTY, some)

    assert visit.to_bytes(visit.fold_all(visit.empty(visit_id, shopper_id), again)) == first


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_events_give_the_same_bytes_in_every_process(seed):
    """Whatever the order of its sets and dictionaries."""
    script = (
        "from visit_events import *\n"
        "made = state(*[view(f'p{n % 40}', f'c{n % 20}') for n in range(90)], add(), 'checkout', 'purchase')\n"
        "print(visit.to_bytes(made).hex())"
    )
    places = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": places}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    views = [view(f"p{n % 40}", f"c{n % 20}") for n in range(90)]

    assert told.stdout.decode().strip() == visit.to_bytes(state(*views, add(), "checkout", "purchase")).hex()


@given(st.data(), st.lists(events, max_size=30))
@calm
def test_counts_do_not_depend_on_the_order(data, some):
    def counted(made):
        return (
            made.version, made.counts, made.started_at, made.last_at, made.first_add_at, made.price_sum_minor,
            made.price_views, made.price_min_minor, made.price_max_minor, made.repeat_views,
            {c.category: (c.views, c.adds) for c in made.categories},
        )  # fmt: skip

    shuffled = data.draw(st.permutations(some))

    assert counted(visit.fold_all(EMPTY, some)) == counted(visit.fold_all(EMPTY, shuffled))


@given(st.lists(wild_events, max_size=60), texts, texts)
@calm
def test_bytes_come_back_as_the_state(some, visit_id, shopper_id):
    made = visit.fold_all(visit.empty(visit_id, shopper_id), some)
    raw = visit.to_bytes(made)

    assert len(raw) <= visit.LIMIT
    assert visit.from_bytes(raw) == made
    assert visit.to_bytes(visit.from_bytes(raw)) == raw


@given(st.lists(wild_events, min_size=1, max_size=12), st.integers(2, 60), texts, texts)
@calm
def test_size_is_bounded_however_often_wild_events_come_again(some, times, visit_id, shopper_id):
    made = visit.fold_all(visit.empty(visit_id, shopper_id), some * times)

    assert len(visit.to_bytes(made)) <= visit.LIMIT
    assert made.version == sum(made.counts) == len(some) * times


def test_a_state_is_bounded_whatever_happens():
    made = visit.empty("v" * 500, "長" * 500)
    for i in range(100_000):
        which = f"{i // 3 % 700:03d}" + "字" * 60
        made = visit.fold(made, EventIn("", "", "", TEN + i, KINDS[i % 11], which, which, 10**12, 10**9))

    assert (made.version, sum(made.counts)) == (100_000, 100_000)
    assert len(made.categories) == len(made.basket) == 12
    assert len(made.trail) == 150
    assert 1_800 < len(visit.to_bytes(made)) <= visit.LIMIT
    assert visit.from_bytes(visit.to_bytes(made)) == made
