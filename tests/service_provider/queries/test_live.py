"""Who is in the shop now, by the receipt of events, and what is in demand since yesterday."""

from datetime import timedelta
from typing import Any

import make
import pytest
from event_files import event, events_of
from shop_events import DAY, HOUR, MINUTE, NOW, SECOND, clicks, record, sent

from service_provider.models import Event, SearchDay, Visit
from service_provider.queries.kept import Kept
from service_provider.queries.mall import MallSettings
from service_provider.queries.reports import live
from service_provider.queries.reports.live import Live, Wanted
from service_provider.queries.searches import Search
from service_provider.services import event_imports, intake, robots
from service_provider.services.intake import Bought

pytestmark = pytest.mark.django_db
SETTINGS = MallSettings(zone="UTC", min_group_size=1)


def seen(after_ms: int = 0, settings: MallSettings = SETTINGS) -> Live:
    """The live mall so long after NOW, read anew."""
    Kept.forget_all()
    return live.get(settings, now=make.NOON + timedelta(milliseconds=after_ms))


def pulse(after_ms: int = 0) -> str:
    return live.pulse(now=make.NOON + timedelta(milliseconds=after_ms))


def buy(who: str, now_ms: int = NOW) -> None:
    intake.record_order(f"order of {who}", [Bought("P1", "Shoes", 8990, 1)], shopper_key=who, now_ms=now_ms)


def test_an_empty_mall() -> None:
    found = seen()

    assert (found.visits, found.robots, found.per_second, found.stages) == (0, 0, 0.0, (0, 0, 0, 0, 0))
    assert (found.demand.categories, found.demand.searches, found.demand.robots_today) == ((), (), 0)
    assert found.risk.judged == 0


def test_a_visit_is_live_for_half_an_hour_after_its_newest_receipt() -> None:
    record(sent("a"))

    assert [seen(after).visits for after in (0, 30 * MINUTE - 1, 30 * MINUTE)] == [1, 1, 0]


@pytest.mark.parametrize("clock", [NOW + 30 * DAY, NOW - 30 * DAY], ids=["future", "past"])
def test_a_simulated_clock_does_not_matter(clock: int) -> None:
    record(sent("a", at=clock), sent_at=clock, clock_ms=clock)

    assert (seen().visits, seen(HOUR).visits) == (1, 0)


def test_what_was_imported_is_nobody_who_is_here() -> None:
    event_imports.record(events_of(event(), event(shopper_id="S2", visit_id="V2")), now=make.NOON)

    assert seen().visits == 0


def test_events_a_second_are_those_of_the_last_minute() -> None:
    record(sent("old"), now_ms=NOW - MINUTE - SECOND)
    record(*clicks(30), who="S2")

    assert (seen().per_second, seen().seconds) == (0.5, 60.0)
    assert seen(MINUTE).per_second == 0.0


def test_who_came_further_came_so_far_too() -> None:
    make.product("P1")
    record(sent("a"), who="looks around")
    record(sent("b", "product_view", product_id="P1"), who="looks")
    record(sent("c", "add_to_cart", product_id="P1"), who="adds")
    record(sent("d", "cart_view"), who="counts")
    record(sent("e"), who="buys")
    buy("buys")

    found = seen()
    assert (found.visits, found.stages) == (5, (4, 3, 2, 1, 1))


def test_robots_are_a_figure_of_their_own() -> None:
    record(sent("a"), who="robot", is_robot=True)
    record(sent("b"), who="follows the hidden link")
    robots.mark("follows the hidden link")
    record(sent("c"), who="person")

    found = seen()
    assert (found.visits, found.robots, found.stages[0]) == (1, 2, 0)
    assert (found.per_second, found.robots_per_second) == (1 / 60, 2 / 60)
    assert (found.risk.visits, found.demand.robots_today) == (1, 2)


def test_robots_of_today_are_those_since_the_malls_midnight() -> None:
    record(sent("a"), who="robot", is_robot=True)

    tokyo = MallSettings(zone="Asia/Tokyo")  # 21:00 there
    assert seen(2 * HOUR + 59 * MINUTE, tokyo).demand.robots_today == 1
    assert seen(3 * HOUR, tokyo).demand.robots_today == 0


def test_categories_by_what_people_did_in_them() -> None:
    make.product("P1")
    make.product("T1", category="Toys")
    record(sent("a", "product_view", product_id="P1"), sent("b", "category_view", category="Shoes"))
    record(sent("c", "add_to_cart", product_id="T1"), sent("d", "search"), who="S2")
    record(sent("e", "product_view", product_id="P1"), who="robot", is_robot=True)
    buy("S3")

    assert seen().demand.categories == (Wanted("Shoes", 2, 0, 1), Wanted("Toys", 0, 1, 0))
    assert seen(DAY).demand.categories == ()


def test_imported_categories_count_where_they_are_of_these_hours() -> None:
    rows = [
        event(occurred_at=NOW - HOUR, kind="product_view", category="Shoes"),
        event(occurred_at=NOW - 25 * HOUR, kind="product_view", category="Toys"),
    ]
    event_imports.record(events_of(*rows), now=make.NOON)

    assert [one.category for one in seen().demand.categories] == ["Shoes"]


def test_searches_of_today_and_yesterday() -> None:
    today = make.NOON.date()
    for days, words, count in ((0, "hat", 2), (1, "hat", 2), (1, "scarf", 2), (2, "shoe", 9)):
        SearchDay.objects.create(day=today - timedelta(days=days), words=words, count=count)

    assert seen().demand.searches == (Search("hat", 4),)


def test_of_very_many_events_the_newest_are_looked_at(monkeypatch: Any) -> None:
    monkeypatch.setattr(live, "TAIL", 20)
    record(sent("a"), who="long ago", now_ms=NOW - 40 * SECOND)
    record(*clicks(10), who="S1", now_ms=NOW - 20 * SECOND)
    record(*clicks(20, start=10), who="S2")

    found = seen(10 * SECOND)
    assert (found.visits, found.since, found.seconds) == (1, make.NOON - timedelta(seconds=20), 30.0)
    assert found.per_second == 20 / 30


def test_how_much_is_asked_of_the_database(django_assert_num_queries: Any) -> None:
    for who in range(5):
        record(*clicks(3, start=3 * who), who=f"S{who}")
    Kept.forget_all()
    with django_assert_num_queries(2):
        pulse()
    with django_assert_num_queries(15):  # as a process that has just begun
        live.get(SETTINGS, now=make.NOON)
    with django_assert_num_queries(0):
        live.get(SETTINGS, now=make.NOON + timedelta(seconds=1))
    with django_assert_num_queries(8):
        live.get(SETTINGS, now=make.NOON + timedelta(seconds=2))


def test_events_are_read_from_the_end_and_not_by_their_visits(django_assert_max_num_queries: Any) -> None:
    """However many there are: a plan that begins at an index of visits would read them all."""
    from django.db import connection

    record(*clicks(3))
    with django_assert_max_num_queries(99) as asked:
        seen()
    if connection.vendor != "sqlite":
        return
    for query in asked.captured_queries:
        if '"event"' not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            plan = [row[3] for row in cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))]
        assert not any("event_visit_id" in step for step in plan), plan


def test_the_pulse_moves_with_each_receipt_and_fades() -> None:
    record(sent("a"))
    first = pulse()
    assert pulse(SECOND) == first
    record(sent("b"), now_ms=NOW + SECOND)
    assert pulse(SECOND) != first
    assert pulse(SECOND) == seen(SECOND).pulse

    assert pulse(MINUTE) != pulse(SECOND), "events a second have fallen"
    assert pulse(31 * MINUTE) != pulse(3 * MINUTE), "the visit is over"
    assert pulse(2 * HOUR) == pulse(2 * HOUR + 20 * MINUTE), "nothing moves any more"


def test_the_pulse_of_an_empty_mall_stands_still() -> None:
    assert pulse() == pulse(MINUTE)


def test_events_that_were_added_up_and_removed_do_no_harm() -> None:
    record(sent("a"))
    Event.objects.all().delete()

    assert Visit.objects.exists()
    assert (seen().visits, seen().pulse) == (0, pulse())
