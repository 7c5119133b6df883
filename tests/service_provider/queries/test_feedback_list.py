"""Feedback as the office filters, sorts and counts it, and as it is taken away: without names."""

from datetime import timedelta
from typing import Any

import make
import pytest

from service_provider.models import Mall
from service_provider.queries import downloads, feedback
from service_provider.queries.access import actor_of
from service_provider.queries.people.naming import Names

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(anna: Any, bea: Any) -> dict[str, int]:
    later = make.NOON + timedelta(hours=1)
    rows = {
        "lift": make.feedback(anna.shopper, rating=2),
        "shoes": make.feedback(anna.shopper, 2, topic="products", text="More red shoes, please", created_at=later),
        "till": make.feedback(
            bea.shopper, topic="till", text="Quick", rating=5, answer="Thank you", answered_at=later,
            answered_by="petra", created_at=later + timedelta(hours=1),
        ),
        "old": make.feedback(
            bea.shopper, 2, text="All is well", rating=4, closed_at=later,
            created_at=make.NOON - timedelta(hours=1),
        ),
    }  # fmt: skip
    return {name: row.pk for name, row in rows.items()}


@pytest.fixture
def search(petra: Any) -> Any:
    def ask(page: int = 1, *, by: Any = petra, **params: str) -> feedback.Listing:
        return feedback.search(params, page, by=actor_of(by), now=make.NOON)

    return ask


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["till", "shoes", "lift", "old"]),
        ({"sort": "written"}, ["old", "lift", "shoes", "till"]),
        ({"sort": "rating"}, ["lift", "old", "till", "shoes"]),
        ({"sort": "-rating"}, ["till", "old", "lift", "shoes"]),
        ({"topic": "shop"}, ["lift", "old"]),
        ({"rating": "5"}, ["till"]),
        ({"rating": "none"}, ["shoes"]),
        ({"state": "new"}, ["shoes", "lift"]),
        ({"state": "answered"}, ["till"]),
        ({"state": "closed"}, ["old"]),
        ({"q": "SHOES red"}, ["shoes"]),
        ({"q": "thank"}, ["till"]),
        ({"q": "100%"}, []),
        ({"topic": "weather"}, []),
        ({"sort": "by magic"}, []),
    ],
    ids=str,
)
def test_found_and_sorted(
    said: dict[str, int], search: Any, params: dict[str, str], found: list[str]
) -> None:
    listing = search(**params)
    names = {pk: name for name, pk in said.items()}
    assert [names[row.id] for row in listing.page.rows] == found
    assert listing.is_filtered == bool(params)
    assert listing.counts == {"new": 2, "answered": 1, "closed": 1}


def test_a_mean_of_few_is_no_figure(said: dict[str, int], search: Any) -> None:
    mean = search().mean
    assert (mean.rated, mean.value, mean.low, mean.high) == (3, None, None, None)


def test_the_mean_is_of_what_is_listed_with_its_interval(said: dict[str, int], search: Any) -> None:
    Mall.objects.create(pk=1, min_group_size=2)
    mean = search(topic="shop").mean
    assert (mean.rated, mean.value) == (2, 3.0)
    assert mean.low == pytest.approx(3 - 1.96)  # the spread is the root of 2, over the root of 2
    assert mean.high == pytest.approx(3 + 1.96)


def test_a_mean_stays_within_the_scale(anna: Any, search: Any) -> None:
    Mall.objects.create(pk=1, min_group_size=2)
    make.feedback(anna.shopper, rating=5)
    make.feedback(anna.shopper, 2, rating=1)
    mean = search().mean
    assert (mean.low, mean.value, mean.high) == (1.0, 3.0, 5.0)


def test_one_rating_alone_has_no_mean_whatever_the_mall_says(anna: Any, search: Any) -> None:
    Mall.objects.create(pk=1, min_group_size=1)
    make.feedback(anna.shopper, rating=5)
    assert search().mean.value is None


def test_her_own_are_hers_alone(said: dict[str, int], anna: Any, bea: Any, petra: Any) -> None:
    for person, mine in ((anna, ["shoes", "lift"]), (bea, ["till", "old"]), (petra, [])):
        rows = feedback.list_own(actor_of(person), 1).rows
        assert [row.id for row in rows] == [said[name] for name in mine]


NAMED = "I am Anna (ANNA@example.test, other@mail.test), call 030/1234 or +49 30 1234. Annabel is well."
UNNAMED = "I am [...] ([...], [...]), call [...] or [...]. Annabel is well."


@pytest.fixture
def named(anna: Any) -> int:
    anna.account.phone = "030 1234"
    anna.account.save()
    row = make.feedback(
        anna.shopper, text=NAMED, answer="Dear Anna!", answered_at=make.NOON, answered_by="petra"
    )
    return row.pk


def test_the_provider_reads_names_and_the_analyst_does_not(
    named: int, petra: Any, alan: Any, search: Any
) -> None:
    for person, text, answer in ((petra, NAMED, "Dear Anna!"), (alan, UNNAMED, "Dear [...]!")):
        for row in (feedback.find(named, by=actor_of(person)), search(by=person).page.rows[0]):
            assert row is not None
            assert (row.text, row.answer) == (text, answer)


def test_a_file_has_no_names_whoever_takes_it(named: int, anna: Any) -> None:
    sheet = downloads.get_sheet("feedback", {}, now=make.NOON)
    (row,) = [dict(zip([c.name for c in sheet.columns], row, strict=True)) for row in sheet.rows]
    assert (row["shopper"], row["topic"], row["rating"], row["state"]) == (
        "key-anna",
        "The shop",
        None,
        "answered",
    )
    assert row["written_at"].utcoffset() == timedelta(hours=2)
    for sign in ("Anna ", "anna@", "1234", "other@", "petra"):
        assert sign not in f"{row['text']} {row['answer']} {list(row.values())}", sign


def test_a_file_holds_what_the_list_shows(said: dict[str, int]) -> None:
    sheet = downloads.get_sheet("feedback", {"topic": "shop", "sort": "written"}, now=make.NOON)
    assert [row[0] for row in sheet.rows] == [said["old"], said["lift"]]
    assert sheet.total == 2
    assert downloads.get_sheet("feedback", {"topic": "weather"}, now=make.NOON).total == 0


def test_a_shopper_without_an_account_has_no_name(anna: Any) -> None:
    assert Names([anna.shopper_id + 1]).blank(anna.shopper_id + 1, "Anna: a@b.test") == "Anna: [...]"
