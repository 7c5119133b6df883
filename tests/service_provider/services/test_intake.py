"""Events come in: each once, with moments, prices and categories of ours, folded into the state of their visit."""

from typing import Any

import make
import pytest
from shop_events import DAY, HOUR, MINUTE, NOW, SECOND, clicks, record, sent

from engine import visit
from engine.contracts import KINDS
from service_provider.models import Event, Shopper, Visit
from service_provider.services import intake
from service_provider.services.intake import Batch, Bought, TooMany
from service_provider.services.open_visits import Overtaken, Shelf

pytestmark = pytest.mark.django_db


def kept() -> Any:
    return visit.from_bytes(bytes(Visit.objects.get().state))


def moments() -> list[int]:
    return list(Event.objects.order_by("pk").values_list("occurred_ms", flat=True))


def test_a_first_event_makes_shopper_visit_and_state() -> None:
    taken = record(sent())

    assert (taken.accepted, taken.repeated, taken.ignored) == (1, 0, 0)
    row = Visit.objects.select_related("shopper").get()
    assert (row.key, row.pk, row.shopper.key) == (taken.visit_key, taken.visit_id, "S1")
    assert (row.started_ms, row.last_ms, row.event_count, row.state_version) == (NOW, NOW, 1, 1)
    assert (row.is_buying, row.is_bot) == (False, False)
    assert kept() == taken.state
    assert (taken.state.visit_id, taken.state.shopper_id) == (row.key, "S1")
    assert Shopper.objects.get().created_at == make.NOON


def test_a_batch_sent_twice_is_counted_once() -> None:
    first = record(*clicks(5))
    again = record(*clicks(5), now_ms=NOW + SECOND)

    assert (again.accepted, again.repeated) == (0, 5)
    assert (again.visit_key, again.state) == (first.visit_key, first.state)
    assert Event.objects.count() == 5
    assert Visit.objects.get().event_count == 5


def test_repeats_within_a_batch_and_among_new_ones_are_left_out() -> None:
    record(*clicks(3))
    taken = record(*clicks(5), *clicks(5))

    assert (taken.accepted, taken.repeated, taken.state.version) == (2, 8, 5)


def test_events_are_received_in_the_order_of_their_batch() -> None:
    late = sent("late", at=NOW - 10 * MINUTE)
    taken = record(sent("a", at=NOW - MINUTE), late, sent("b", at=NOW))

    assert moments() == [NOW - MINUTE, NOW - 10 * MINUTE, NOW]
    assert (taken.state.late, taken.state.started_at, taken.state.gap_max_ms) == (
        1,
        NOW - 10 * MINUTE,
        MINUTE,
    )


def test_a_late_event_of_a_later_batch_counts_but_changes_no_gap() -> None:
    record(sent("a", at=NOW - MINUTE), sent("b"))
    taken = record(sent("late", at=NOW - 30 * SECOND))

    assert (taken.state.late, taken.state.is_late, taken.state.last_gap_ms) == (1, True, MINUTE)


def test_half_an_hour_of_silence_ends_a_visit() -> None:
    record(sent("a"))
    same = record(sent("b", at=NOW + 30 * MINUTE), now_ms=NOW + 30 * MINUTE)
    other = record(sent("c", at=NOW + 60 * MINUTE + 1), now_ms=NOW + 60 * MINUTE + 1)

    assert same.state.version == 2
    assert other.state.version == 1
    assert other.visit_key != same.visit_key


def test_a_batch_that_waited_over_a_pause_is_two_visits() -> None:
    taken = record(sent("a", at=NOW - 2 * HOUR), sent("b", at=NOW), sent("c", at=NOW - 2 * HOUR + SECOND))

    assert sorted(Visit.objects.values_list("event_count", flat=True)) == [1, 2]
    assert taken.state.last_at == NOW


def test_two_shoppers_have_two_visits() -> None:
    record(sent("a"), who="S1")
    record(sent("b"), who="S2")

    assert Visit.objects.count() == Shopper.objects.count() == 2


@pytest.mark.parametrize("wrong", [-3 * DAY, -HOUR, HOUR, 300 * DAY], ids=str)
def test_a_wrong_clock_is_set_right_by_the_receipt(wrong: int) -> None:
    taken = record(sent(at=NOW + wrong - 20 * SECOND), sent_at=NOW + wrong)

    assert moments() == [NOW - 20 * SECOND]
    assert taken.misdated == 0


@pytest.mark.parametrize("at", [0, 1_000, 4_102_444_800_000, 2**62, -(2**62)], ids=str)
def test_a_moment_in_1970_or_2100_is_not_believed(at: int) -> None:
    taken = record(sent(at=at))

    assert moments() == [NOW]
    assert (taken.accepted, taken.misdated) == (1, 1)


def test_nothing_happens_after_its_receipt() -> None:
    record(sent("a", at=NOW + MINUTE), sent("b", at=None))

    assert moments() == [NOW, NOW]


def test_without_a_sent_at_the_browsers_clock_is_taken_as_it_is() -> None:
    intake.record(Batch((sent(at=NOW - MINUTE),)), shopper_key="S1", now_ms=NOW)

    assert moments() == [NOW - MINUTE]


def test_a_simulated_shopper_lives_in_a_time_of_her_own() -> None:
    record(sent(at=NOW + DAY), sent_at=NOW + DAY, clock_ms=NOW + DAY)

    assert Event.objects.values_list("occurred_ms", "received_ms").get() == (NOW + DAY, NOW)


def test_price_and_category_are_the_catalogues() -> None:
    make.product("P1", category="Shoes", price_minor=8990)
    record(sent(kind="product_view", product_id="P1", category="Toys", quantity=7))

    row = Event.objects.get()
    assert (row.product_id, row.category, row.price_minor, row.quantity) == ("P1", "Shoes", 8990, None)


def test_a_product_that_does_not_exist_leaves_an_event_without_one() -> None:
    taken = record(sent(kind="product_view", product_id="nowhere", category="Toys"))

    row = Event.objects.get()
    assert (taken.accepted, row.product_id, row.category, row.price_minor) == (1, "", "", None)


def test_a_category_is_kept_where_the_catalogue_has_it() -> None:
    make.product(category="Shoes")
    record(sent("a", "category_view", category="Shoes"), sent("b", "category_view", category="Nonsense"))

    assert list(Event.objects.order_by("pk").values_list("category", flat=True)) == ["Shoes", ""]


def test_an_add_fills_the_basket_of_the_state() -> None:
    make.product("P1", category="Shoes", price_minor=8990)
    taken = record(sent(kind="add_to_cart", product_id="P1", quantity=2))

    assert taken.state.basket == (("P1", "Shoes", 8990, 2),)


@pytest.mark.parametrize("kind", ["purchase", "checkout", "dance", ""])
def test_a_kind_that_a_browser_may_not_tell_is_counted_and_skipped(kind: str) -> None:
    taken = record(sent("a", kind), sent("b"))

    assert (taken.accepted, taken.ignored) == (1, 1)
    assert Event.objects.get().event_id == "b"
    assert not Visit.objects.get().is_buying


def test_nothing_but_ignored_events_leaves_no_trace() -> None:
    assert record(sent(kind="purchase")).visit_key == ""
    assert not Shopper.objects.exists()


def test_an_order_is_written_into_the_visit_once() -> None:
    make.product("P1", category="Shoes", price_minor=8990)
    before = record(sent("a", "add_to_cart", product_id="P1", quantity=2))
    for _ in range(2):
        taken = intake.record_order(
            "order-1", [Bought("P1", "Shoes", 8000, 2)], shopper_key="S1", now_ms=NOW + SECOND
        )

    kinds = list(Event.objects.order_by("pk").values_list("kind", "price_minor", "quantity"))
    assert kinds[1:] == [(KINDS.index("checkout"), None, None), (KINDS.index("purchase"), 8000, 2)]
    assert taken.visit_key == before.visit_key
    assert taken.state.basket == ()
    assert Visit.objects.get().is_buying


def test_a_visitor_who_logged_in_goes_on_as_the_shopper() -> None:
    record(sent("a"), who="cookie")
    anna = Shopper.objects.create(key="anna", created_at=make.NOON)
    Shopper.objects.filter(key="cookie").update(merged_into=anna)
    record(sent("b"), who="cookie")

    assert Visit.objects.order_by("pk").last().shopper == anna


def test_a_visit_without_a_state_is_folded_from_its_log_first() -> None:
    whole = [record(*clicks(3)), record(*clicks(2, start=3))][-1].state
    Visit.objects.update(state=None, state_version=0)
    taken = record(sent("more", at=NOW))

    assert (taken.state.version, taken.state.counts[0]) == (6, 6)
    assert taken.state.started_at == whole.started_at


def test_a_flood_is_refused_until_the_next_minute() -> None:
    record(*clicks(6), most=10)
    with pytest.raises(TooMany, match="more than 10 events in a minute"):
        record(*clicks(5, start=6), most=10)
    assert Event.objects.count() == 6

    record(*clicks(4, start=6), most=10)
    record(*clicks(5, start=10), most=10, now_ms=NOW + MINUTE)
    record(*clicks(10, start=100), most=10, who="S2")
    assert Event.objects.count() == 25


def test_who_is_overtaken_reads_again_and_folds_again(monkeypatch: Any) -> None:
    record(sent("a"))
    write, tries = Shelf.write, []

    def meddle(shelf: Shelf) -> None:
        ((home,),) = shelf._known.values()
        tries.append(home.state.version)
        if len(tries) == 1:
            home.version += 7  # as if another had written meanwhile
        write(shelf)

    monkeypatch.setattr(Shelf, "write", meddle)
    taken = record(sent("b"))

    assert tries == [2, 2]
    assert (taken.accepted, taken.state.version, Event.objects.count()) == (1, 2, 2)


def test_who_is_overtaken_again_and_again_gives_up_and_stores_nothing(monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise Overtaken

    monkeypatch.setattr(Shelf, "write", refuse)
    with pytest.raises(Overtaken, match="Send these events again"):
        record(sent())
    assert not Event.objects.exists()
    assert not Visit.objects.exists()


def test_folding_in_parts_or_at_once_gives_the_same_state() -> None:
    record(*clicks(30), who="S1")
    for n in range(30):
        record(sent(f"other-{n}", at=NOW - (29 - n) * SECOND), who="S2")

    one, two = (visit.from_bytes(bytes(row.state)) for row in Visit.objects.order_by("pk"))
    assert one[2:] == two[2:]


def test_a_state_that_another_release_kept_is_folded_anew() -> None:
    record(*clicks(3))
    row = Visit.objects.get()
    Visit.objects.filter(pk=row.pk).update(state=b"\x01" + bytes(row.state)[1:])
    taken = record(sent("next", at=NOW + SECOND), now_ms=NOW + SECOND)

    assert taken.state.version == 4
    assert kept() == taken.state


def test_each_event_says_whether_it_came_late_or_could_not_be_dated() -> None:
    record(sent("first", at=NOW), sent("before it", at=NOW - MINUTE), sent("in 2100", at=NOW + 40_000 * DAY))
    record(sent("later", at=NOW + SECOND), sent("earlier", at=NOW), now_ms=NOW + SECOND)

    marks = dict(Event.objects.values_list("event_id", "mark"))
    assert marks == {"first": 0, "before it": 1, "in 2100": 2, "later": 0, "earlier": 1}
    assert kept().late == 2
