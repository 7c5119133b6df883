"""What learners see of a visit."""

from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visit_events import DAY, HOUR, MINUTE, SECOND, TEN, add, event, state, view

from engine import features, visit
from engine.contracts import KINDS

EMPTY = visit.empty("visit-1", "anna")


def named(made, **given):
    return dict(zip(features.FEATURES, features.vector(made, **given), strict=True))


def test_a_visit_in_numbers():
    found = named(
        state(
            "page_view", event("search", category="Shoes"), view("boot", "Shoes", 4_000),
            view("shirt", "Clothing", 1_000), view("boot", "Shoes", 4_000), add("boot", "Shoes", 4_000, quantity=2),
            add("lamp", "Home", 500), "cart_view", view("slipper", "Shoes", 1_900), "idle",
            every=MINUTE,
        )
    )  # fmt: skip

    assert found == {
        "events": 10, "page_views": 1, "category_views": 0, "product_views": 4, "searches": 1, "adds": 2,
        "removals": 0, "cart_views": 1, "checkouts": 0, "purchases": 0, "idles": 1, "exit_intents": 0,
        "elapsed_ms": 9 * MINUTE, "last_gap_ms": MINUTE, "mean_gap_ms": MINUTE, "max_gap_ms": MINUTE,
        "distinct_products": 3, "repeat_views": 1,
        "categories": 3, "top_category_permille": 800, "is_in_top_category": 1,
        "price_mean_minor": 2_725, "price_min_minor": 1_000, "price_max_minor": 4_000, "price_place_permille": 300,
        "basket_lines": 2, "basket_value_minor": 8_500, "basket_categories": 2, "since_first_add_ms": 4 * MINUTE,
        "recent_1": KINDS.index("idle"), "recent_2": KINDS.index("product_view"),
        "recent_3": KINDS.index("cart_view"), "recent_restless": 1, "search_permille": 100,
        "hour_utc": 10, "weekday_utc": 3,
    }  # fmt: skip


def test_before_the_first_event_there_is_nothing_to_measure():
    found = named(EMPTY, now=TEN)

    assert {name for name, value in found.items() if value == features.UNKNOWN} == {
        "price_mean_minor", "price_min_minor", "price_max_minor", "price_place_permille", "since_first_add_ms",
        "recent_1", "recent_2", "recent_3",
    }  # fmt: skip
    assert found["elapsed_ms"] == found["events"] == 0


def test_time_runs_until_now():
    made = state(add(), "page_view")

    assert named(made)["elapsed_ms"] == named(made, now=TEN)["elapsed_ms"] == SECOND
    assert named(made, now=TEN + HOUR)["elapsed_ms"] == HOUR
    assert named(made, now=TEN + HOUR)["since_first_add_ms"] == HOUR


def test_late_events_have_no_gap():
    made = visit.fold(state("page_view", "page_view", "page_view", every=MINUTE), event(at=TEN + SECOND))

    assert named(made)["mean_gap_ms"] == MINUTE


@pytest.mark.parametrize(("days", "hours", "weekday", "hour"), [(0, 0, 3, 10), (4, 14, 1, 0), (3, -10, 6, 0)])
def test_hour_and_weekday_are_utc(days, hours, weekday, hour):
    found = named(visit.fold(EMPTY, event(at=TEN + days * DAY + hours * HOUR)))

    assert (found["weekday_utc"], found["hour_utc"]) == (weekday, hour)


@pytest.mark.parametrize(
    ("prices", "place"),
    [((500,), 500), ((100, 500), 1000), ((500, 100), 0), ((100, 500, 400), 750), ((None, 0), 500)],
)
def test_where_the_last_price_lies(prices, place):
    assert named(state(*(view(price=price) for price in prices)))["price_place_permille"] == place


def test_a_price_seen_only_late_is_still_a_price():
    made = visit.fold(state("page_view", "page_view"), view(price=700, at=TEN))

    assert (named(made)["price_place_permille"], named(made)["price_mean_minor"]) == (500, 700)


@pytest.mark.parametrize(
    ("events", "category"),
    [
        ((), ""),
        ((view("a", "Shoes"),), "Shoes"),
        ((view("a", "Shoes"), view("b", "Home"), view("c", "Shoes")), "Shoes"),
        ((view("a", "Shoes"), view("b", "Home")), "Home"),
        ((view("a", "Shoes"), view("b", "Home"), event("cart_view", category="Shoes")), "Shoes"),
        ((add("a", "Shoes"),), ""),
        ((view("a", ""),), ""),
        ((event("search", category="Home"), add("a", "Shoes")), "Home"),
    ],
)
def test_the_category_viewed_most(events, category):
    assert features.most_viewed(state(*events)) == category


def test_the_nameless_rest_is_never_viewed_most():
    some = [event("category_view", category=f"c{i}") for i in range(11)]
    rest = [event("category_view", category=f"d{i}") for i in range(30)]

    assert features.most_viewed(state(*some, *rest)) == "c10"


def test_ids_never_enter():
    def visit_of(shirt, lamp, *ids):
        folded = visit.empty(*ids)
        for place, one in enumerate([view(shirt), view(lamp), view(shirt), add(lamp)]):
            folded = visit.fold(
                folded, one._replace(occurred_at=TEN + place, event_id=ids[0], shopper_id=ids[1])
            )
        return features.vector(folded)

    assert visit_of("shirt", "lamp", "v-1", "anna") == visit_of("0017", "0018", "v-2", "bea")


def test_words_of_categories_enter_only_as_equal_or_different():
    def visit_of(one, two):
        return features.vector(state(view("a", one), view("b", two), view("c", one), add("c", one)))

    assert visit_of("Shoes", "Home") == visit_of("x", "y") != visit_of("x", "x")


@given(st.lists(st.sampled_from(KINDS), max_size=30), st.lists(st.sampled_from(KINDS), max_size=9))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_follows_changes_nothing_before(before, after):
    so_far = [
        event(kind, TEN + i * SECOND, product_id=f"p{i % 5}", category="c") for i, kind in enumerate(before)
    ]
    later = [event(kind, TEN + HOUR + i) for i, kind in enumerate(after)]
    folded, seen = EMPTY, []
    for one in [*so_far, *later]:
        folded = visit.fold(folded, one)
        seen.append(features.vector(folded))

    assert seen[: len(so_far)] == [
        features.vector(visit.fold_all(EMPTY, so_far[: n + 1])) for n in range(len(so_far))
    ]
    assert all(type(value) is int for row in seen for value in row)


def test_names_and_places_are_pinned():
    """A change here is a new FEATURES_VERSION: artefacts say which one they were trained on."""
    assert features.FEATURES_VERSION == 1
    assert len(features.FEATURES) == len(set(features.FEATURES)) == 36
    assert crc32(" ".join((*features.FEATURES, *KINDS)).encode()) == 0xC0AB5AA2
