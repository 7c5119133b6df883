"""Words searched for are counted by day, once for each event, and kept with nobody's name."""

from datetime import date, timedelta
from typing import Any

import make
import pytest
from shop_events import DAY, NOW, record, sent

from service_provider.models import Event, SearchDay, Visit
from service_provider.services import intake, robots, searches

pytestmark = pytest.mark.django_db
TODAY = make.NOON.date()


def search(name: str, words: str, **more: Any) -> Any:
    return sent(name, "search", words=words, **more)


def counted() -> dict[str, int]:
    return dict(SearchDay.objects.values_list("words", "count"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Red  SHOES\t", "red shoes"),
        ("ｒｅｄ ｓｈｏｅｓ", "red shoes"),
        ("cafe\u0301", "café"),
        ("red\u200bshoes\x07", "red shoes"),
        ("ŞAL", "şal"),
        ("size 42", "size 42"),
        ("2026 calendar 12", "2026 calendar 12"),
        ("x" * 80, "x" * 80),
    ],
    ids=ascii,
)
def test_words_are_counted_alike_however_they_are_typed(typed: str, kept: str) -> None:
    assert searches.plain(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " \t",
        "!?",
        "anna@example.test",
        "write to anna @ example.test",
        "＠anna",
        "+90 555 123 45 67",
        "(030) 555-0123",
        "4111 1111 1111 1111",
        "4111-1111_1111.1111",
        "DE89 3704 0044 0532 0130 00",
        "٠٥٥٥١٢٣٤٥٦٧",
        "x" * 81,
        "\ufdfa" * 5,  # one sign that is eighteen when it is spelled out
    ],
    ids=ascii,
)
def test_what_may_be_somebodys_is_not_kept(typed: str) -> None:
    assert searches.plain(typed) == ""


def test_a_search_is_counted_on_the_day_of_its_receipt() -> None:
    record(search("a", "Red shoes"), search("b", "red  shoes"), search("c", "hat"), sent("d", "search"))
    record(search("e", "hat", at=NOW), now_ms=NOW + DAY)

    rows = SearchDay.objects.order_by("day", "words").values_list("day", "words", "count")
    assert list(rows) == [(TODAY, "hat", 1), (TODAY, "red shoes", 2), (TODAY + timedelta(days=1), "hat", 1)]


def test_a_repeated_batch_is_counted_once() -> None:
    for _ in range(3):
        record(search("a", "hat"), search("a", "hat"), search("b", "scarf"))

    assert counted() == {"hat": 1, "scarf": 1}


def test_words_of_other_events_and_of_unknown_ones_are_not_counted() -> None:
    record(
        sent("a", "page_view", words="hat"),
        sent("b", "purchase", words="hat"),
        sent("c", "dance", words="hat"),
    )

    assert counted() == {}


def test_nothing_but_the_count_is_kept() -> None:
    record(search("a", "hat"))

    row = Event.objects.values().get()
    assert "hat" not in {str(value) for value in row.values()}
    assert b"hat" not in bytes(Visit.objects.get().state)


def test_searches_of_robots_are_not_counted() -> None:
    record(search("a", "hat"), is_robot=True)
    record(search("b", "hat"), who="S2")
    robots.mark("S2")
    record(search("c", "hat"), who="S2")

    assert counted() == {"hat": 1}  # what she searched for before she was known to be one


def test_what_is_refused_counts_nothing() -> None:
    with pytest.raises(intake.TooMany):
        record(search("a", "hat"), search("b", "hat"), most=1)

    assert counted() == {}


def test_events_without_words_ask_no_more_of_the_database(django_assert_num_queries: Any) -> None:
    record(sent("a"), search("b", "hat"))
    with django_assert_num_queries(0):
        searches.count(["", ""], now_ms=NOW)
    with django_assert_num_queries(1):
        searches.count(["hat", "scarf"], now_ms=NOW)


def test_what_few_searched_for_is_forgotten_when_the_day_is_over() -> None:
    for day, words, number in ((18, "hat", 2), (18, "shoe", 3), (19, "hat", 2)):
        SearchDay.objects.create(day=date(2026, 5, day), words=words, count=number)

    assert searches.forget_rare(before=date(2026, 5, 19)) == 1
    assert list(SearchDay.objects.order_by("pk").values_list("day__day", "words")) == [
        (18, "shoe"),
        (19, "hat"),
    ]
