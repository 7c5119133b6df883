"""The words searched for most; what few searched for is told to nobody."""

from datetime import date
from typing import Any

import pytest

from service_provider.models import SearchDay
from service_provider.queries import searches
from service_provider.queries.searches import Search

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 5, 19), date(2026, 5, 20)


def day(of_may: int, words: str, count: int) -> None:
    SearchDay.objects.create(day=date(2026, 5, of_may), words=words, count=count)


def test_an_empty_ledger() -> None:
    assert searches.list_top(FIRST, LAST) == ()


def test_days_are_added_up_and_the_most_wanted_stands_first(django_assert_num_queries: Any) -> None:
    for given in (
        (18, "hat", 99),
        (19, "hat", 3),
        (20, "hat", 2),
        (20, "shoe", 7),
        (20, "boot", 5),
        (21, "shoe", 9),
    ):
        day(*given)
    with django_assert_num_queries(1):
        found = searches.list_top(FIRST, LAST)

    assert found == (Search("shoe", 7), Search("boot", 5), Search("hat", 5))


def test_fewer_than_three_searches_are_shown_to_nobody() -> None:
    day(19, "hat", 1)
    day(20, "hat", 1)
    day(20, "shoe", 3)

    assert searches.list_top(FIRST, LAST) == (Search("shoe", 3),)


def test_no_more_than_are_asked_for() -> None:
    for number in range(12):
        day(20, f"word {number:02}", 3)

    assert [search.words for search in searches.list_top(FIRST, LAST, most=2)] == ["word 00", "word 01"]
