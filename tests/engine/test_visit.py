"""What each event does to the state of a visit."""

import pytest
from visit_events import MINUTE, SECOND, TEN, add, event, state, view

from engine import visit
from engine.contracts import KINDS, CategoryCount, Line

EMPTY = visit.empty("visit-1", "anna")


def count(kind, made):
    return made.counts[KINDS.index(kind)]


def lines(made):
    return {line.product_id: line.quantity for line in made.basket}


def test_the_first_event_starts_the_visit():
    made = visit.fold(EMPTY, event("page_view"))

    assert (made.version, made.started_at, made.last_at) == (1, TEN, TEN)
    assert (made.last_gap_ms, made.gap_sum_ms, made.gap_max_ms, made.late) == (0, 0, 0, 0)
    assert count("page_view", made) == sum(made.counts) == 1


def test_gaps_are_between_events():
    made = visit.fold_all(EMPTY, [event(at=TEN), event(at=TEN + MINUTE), event(at=TEN + MINUTE + SECOND)])

    assert (made.last_gap_ms, made.gap_sum_ms, made.gap_max_ms) == (SECOND, MINUTE + SECOND, MINUTE)


def test_a_late_event_counts_but_moves_no_clock():
    on_time = state(view("shirt", "Clothing"), view("lamp", "Home", 500), every=2 * MINUTE)
    made = visit.fold(on_time, view("shoes", "Shoes", 700, at=TEN + MINUTE))

    assert (made.late, made.is_late, made.version, count("product_view", made)) == (1, True, 3, 3)
    assert (made.last_at, made.last_gap_ms, made.gap_sum_ms) == (TEN + 2 * MINUTE, 2 * MINUTE, 2 * MINUTE)
    assert (made.last_category, made.last_product, made.last_price_minor) == ("Home", "lamp", 500)
    assert made.trail == on_time.trail
    assert made.categories[-1] == CategoryCount("Shoes", 1, 0, 0)
    assert not visit.fold(made, event(at=TEN + 2 * MINUTE)).is_late


def test_the_earliest_moment_is_the_start_however_late_it_comes():
    made = visit.fold_all(EMPTY, [add(at=TEN), add(at=TEN - MINUTE), add(at=TEN + MINUTE)])

    assert (made.started_at, made.first_add_at, made.last_at) == (TEN - MINUTE, TEN - MINUTE, TEN + MINUTE)
    assert lines(made) == {"shirt": 3}


def test_views_and_adds_are_counted_by_category():
    made = state(
        view(category="Shoes"), event("category_view", category="Home"), event("search", category="Shoes"),
        add(category="Shoes"), event("search"),
    )  # fmt: skip

    assert made.categories == (CategoryCount("Shoes", 2, 1, 4), CategoryCount("Home", 1, 0, 2))
    assert made.last_category == "Shoes"


def test_beyond_eleven_categories_counts_go_to_a_rest_without_a_name():
    named = [event("category_view", category=f"c{i}") for i in range(20)]
    made = state(*named, *named, event("cart_view"))

    assert [c.category for c in made.categories] == [f"c{i}" for i in range(11)] + [""]
    assert sum(c.views for c in made.categories) == 40
    assert made.categories[-1].views == 18
    assert made.last_category == "c19"


def test_a_product_seen_before_is_a_repeat():
    made = state(view("shirt"), view("lamp"), view("shirt"), view("shirt"), view(""))

    assert (made.repeat_views, len(made.viewed)) == (2, 2)


def test_only_the_newest_marks_are_remembered():
    many = [view(f"p{i}") for i in range(visit.MARKS)]

    assert state(*many, view("p0")).repeat_views == 1
    assert state(*many, view("new"), view("p0")).repeat_views == 0
    assert state(*many, view("p0"), view("new"), view("p0")).repeat_views == 2
    assert len(state(*many, view("new")).viewed) == visit.MARKS


def test_prices_are_those_of_views():
    made = state(view(price=900), view(price=None), view(price=300), add(price=50), view(price=600))

    assert (made.price_sum_minor, made.price_views) == (1_800, 3)
    assert (made.price_min_minor, made.price_max_minor, made.last_price_minor) == (300, 900, 600)


def test_a_price_of_nothing_is_a_price():
    made = state(view(price=0), view(price=5))

    assert (made.price_views, made.price_min_minor, made.price_max_minor) == (2, 0, 5)


@pytest.mark.parametrize(
    ("then", "basket"),
    [
        (add("shirt", quantity=3), {"shirt": 5, "lamp": 1}),
        (add("shirt"), {"shirt": 3, "lamp": 1}),
        (add("", quantity=3), {"shirt": 2, "lamp": 1}),
        (event("remove_from_cart", product_id="shirt"), {"shirt": 1, "lamp": 1}),
        (event("remove_from_cart", product_id="shirt", quantity=2), {"lamp": 1}),
        (event("remove_from_cart", product_id="shirt", quantity=9), {"lamp": 1}),
        (event("remove_from_cart", product_id="sofa"), {"shirt": 2, "lamp": 1}),
        (event("remove_from_cart"), {"shirt": 2, "lamp": 1}),
        (event("checkout", product_id="shirt"), {"shirt": 2, "lamp": 1}),
        (event("purchase", product_id="shirt"), {"lamp": 1}),
        (event("purchase", product_id="shirt", quantity=1), {"shirt": 1, "lamp": 1}),
        (event("purchase", product_id="sofa"), {"shirt": 2, "lamp": 1}),
        (event("purchase"), {}),
    ],
)
def test_the_basket_after_an_event(then, basket):
    made = state(add("shirt", quantity=2), add("lamp", "Home"), then)

    assert lines(made) == basket
    assert count(then.kind, made) >= 1


def test_a_line_takes_the_newest_price_and_category_known():
    made = state(add("shirt", "", None), add("shirt", "Clothing", 900), add("shirt", "", None))

    assert made.basket == (Line("shirt", "Clothing", 900, 3),)


def test_a_thirteenth_line_is_not_kept_until_one_is_free():
    full = [add(f"p{i}") for i in range(13)]
    made = state(*full, event("remove_from_cart", product_id="p3"), add("p12"))

    assert len(state(*full).basket) == visit.LINES
    assert "p12" not in lines(state(*full))
    assert "p12" in lines(made)
    assert count("add_to_cart", made) == 14


def test_a_line_names_no_category_that_has_no_count_of_its_own():
    named = [event("category_view", category=f"c{i}") for i in range(11)]

    assert state(*named, add(category="c4"), add("lamp", "c99")).basket[0].category == "c4"
    assert state(*named, add(category="c4"), add("lamp", "c99")).basket[1].category == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (event("dance"), "no kind of event 'dance'; there are page_view"),
        (event(at=0), "0 is no moment"),
        (event(at=2**60), "no moment"),
        (event("product_view", price_minor=-1), "-1 is no price"),
        (event("product_view", price_minor=10**13), "no price"),
        (event("add_to_cart", product_id="shirt", quantity=0), "0 is no quantity"),
    ],
)
def test_what_is_no_event_is_refused_in_words(wrong, words):
    with pytest.raises(ValueError, match=words):
        visit.fold(EMPTY, wrong)


def test_a_long_text_is_cut_and_stays_different_from_others():
    one, two = visit.short("x" * 70 + "1", 64), visit.short("x" * 70 + "2", 64)

    assert one != two
    assert one.startswith("x" * 53 + "~")
    assert len(one) == 64
    assert visit.short(one, 64) == one
    assert len(visit.short("가" * 60, 64).encode()) <= 64
    assert visit.short("여성 스포츠웨어", 64) == "여성 스포츠웨어"


def test_the_fold_leaves_what_it_was_given():
    before = state(view(), add())
    kept = visit.to_bytes(before)
    visit.fold(before, event("purchase"))

    assert visit.to_bytes(before) == kept


def test_the_bytes_are_pinned():
    """Another layout needs another version: states at rest are read by later processes."""
    raw = visit.to_bytes(state(view(), add(), event("idle"), every=MINUTE))

    assert (raw[0], len(raw), raw[1:5].hex()) == (2, 231, "6be8948e")


@pytest.mark.parametrize("place", range(0, 231, 7))
def test_a_changed_byte_is_refused(place):
    raw = bytearray(visit.to_bytes(state(view(), add(), event("idle"), every=MINUTE)))
    raw[place] ^= 1

    with pytest.raises(ValueError, match=r"damaged|version \d+ was expected"):
        visit.from_bytes(bytes(raw))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "version nothing"),
        (b"\x03abc", "version 3; version 2 was expected"),
        (b'{"visit_id": 1}', "version 123"),
        (visit.to_bytes(EMPTY)[:-1], "checksum"),
        (visit.to_bytes(EMPTY) + b"x", "checksum"),
        (bytes((2, 0, 0, 0, 0)), "ends too early"),
    ],
)
def test_what_is_no_state_is_refused_in_words(raw, words):
    with pytest.raises(ValueError, match=words):
        visit.from_bytes(raw)
