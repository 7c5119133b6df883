"""What a shopper says is kept once, five times a day at most; the provider answers, closes and opens again."""

from datetime import timedelta
from typing import Any

import make
import pytest
from django.db import IntegrityError, transaction

from service_provider.models import AuditEntry, Feedback, Mall
from service_provider.queries.access import Refused, actor_of
from service_provider.services import feedback
from service_provider.services.feedback import Words

pytestmark = pytest.mark.django_db


def write(person: Any, text: str = "The lift is slow.", *, now: Any = make.NOON, **more: Any) -> int:
    return feedback.write(Words(**{"topic": "shop", "text": text} | more), by=actor_of(person), now=now)


def test_what_she_says_is_kept_and_audited_without_its_words(anna: Any) -> None:
    made = write(anna, " The lift\r\nis slow. ", topic="till", rating=2)
    row = Feedback.objects.get(pk=made)
    assert (row.shopper, row.topic, row.rating, row.text) == (anna.shopper, "till", 2, "The lift\nis slow.")
    assert (row.created_at, row.answer, row.answered_at, row.closed_at) == (make.NOON, "", None, None)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.detail) == ("give_feedback", str(made), {})
    assert entry.actor_label == f"shopper {anna.shopper_id}"


def test_a_day_has_room_for_five_and_tomorrow_for_more(anna: Any, bea: Any) -> None:
    for n in range(5):
        write(anna, f"Thing {n}")
    with pytest.raises(feedback.TooMuchToday, match="5 things today"):
        write(anna, "One more")
    write(bea, "Mine")
    write(anna, "One more", now=make.NOON + timedelta(days=1))
    assert Feedback.objects.count() == 7


def test_the_day_is_the_malls_own(anna: Any) -> None:
    Mall.objects.create(pk=1, zone="Asia/Tokyo")  # where it is 21:00 at noon in London
    for n in range(5):
        write(anna, f"Thing {n}")
    write(anna, "After midnight", now=make.NOON + timedelta(hours=4))
    assert Feedback.objects.count() == 6


def test_the_table_itself_holds_no_sixth_and_no_number_twice(anna: Any) -> None:
    make.feedback(anna.shopper, 5)
    for number in (5, 6):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.feedback(anna.shopper, number)


def test_a_second_click_is_the_same_feedback(anna: Any) -> None:
    assert write(anna, rating=3) == write(anna, rating=3)
    assert write(anna, rating=4) != write(anna, rating=3)
    assert Feedback.objects.count() == 2
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": " \n "}, "1 to 2,000"),
        ({"text": "x" * 2001}, "1 to 2,000"),
        ({"topic": "weather"}, "topics"),
        ({"rating": 0}, "1 to 5"),
        ({"rating": 6}, "1 to 5"),
    ],
)
def test_what_is_wrong_is_refused_in_words(anna: Any, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(feedback.FeedbackRefused, match=said):
        write(anna, **wrong)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"topic": "weather"},
        {"rating": 0},
        {"rating": 6},
        {"number": 0},
        {"answer": "Said at no time"},
        {"answered_at": make.NOON},
    ],
    ids=str,
)
def test_the_table_refuses_it_too(anna: Any, wrong: dict[str, Any]) -> None:
    make.feedback(anna.shopper, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.feedback(anna.shopper, **wrong)


def test_two_thousand_characters_fit(anna: Any) -> None:
    assert Feedback.objects.get(pk=write(anna, "ş" * 2000)).text == "ş" * 2000


def test_only_shoppers_write_and_only_providers_answer(anna: Any, alan: Any, petra: Any) -> None:
    row = make.feedback(anna.shopper)
    for person in (alan, petra):
        with pytest.raises(Refused):
            write(person)
    for person in (anna, alan):
        by = actor_of(person)
        with pytest.raises(Refused):
            feedback.answer(row.pk, "Thanks", seen=None, by=by, now=make.NOON)
        with pytest.raises(Refused):
            feedback.close(row.pk, by=by, now=make.NOON)
        with pytest.raises(Refused):
            feedback.reopen(row.pk, by=by, now=make.NOON)


def test_an_answer_is_kept_with_who_gave_it(anna: Any, petra: Any) -> None:
    row = make.feedback(anna.shopper)
    feedback.answer(row.pk, " It is\r\nbeing repaired. ", seen=None, by=actor_of(petra), now=make.NOON)
    row.refresh_from_db()
    assert (row.answer, row.answered_at, row.answered_by) == ("It is\nbeing repaired.", make.NOON, "petra")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.detail) == ("answer_feedback", str(row.pk), {})


def test_who_comes_second_is_told_and_overwrites_nothing(anna: Any, petra: Any) -> None:
    row, by = make.feedback(anna.shopper), actor_of(petra)
    feedback.answer(row.pk, "First", seen=None, by=by, now=make.NOON)
    with pytest.raises(feedback.AnsweredMeanwhile):
        feedback.answer(row.pk, "Second", seen=None, by=by, now=make.NOON)
    row.refresh_from_db()
    assert row.answer == "First"
    feedback.answer(row.pk, "Better", seen=row.answered_at, by=by, now=make.NOON + timedelta(hours=1))
    row.refresh_from_db()
    assert row.answer == "Better"


def test_closed_and_opened_again(anna: Any, petra: Any) -> None:
    row, by = make.feedback(anna.shopper), actor_of(petra)
    feedback.close(row.pk, by=by, now=make.NOON)
    with pytest.raises(feedback.FeedbackRefused, match="closed already"):
        feedback.close(row.pk, by=by, now=make.NOON)
    with pytest.raises(feedback.FeedbackRefused, match="Open it again"):
        feedback.answer(row.pk, "Thanks", seen=None, by=by, now=make.NOON)
    feedback.reopen(row.pk, by=by, now=make.NOON)
    with pytest.raises(feedback.FeedbackRefused, match="open already"):
        feedback.reopen(row.pk, by=by, now=make.NOON)
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "close_feedback",
        "reopen_feedback",
    ]


@pytest.mark.parametrize("text", ["", " ", "x" * 2001])
def test_an_answer_has_a_length(anna: Any, petra: Any, text: str) -> None:
    row = make.feedback(anna.shopper)
    with pytest.raises(feedback.FeedbackRefused, match="1 to 2,000"):
        feedback.answer(row.pk, text, seen=None, by=actor_of(petra), now=make.NOON)


def test_what_is_not_there_is_said_not_to_be(petra: Any) -> None:
    by = actor_of(petra)
    with pytest.raises(feedback.NoSuchFeedback):
        feedback.answer(7, "Thanks", seen=None, by=by, now=make.NOON)
    with pytest.raises(feedback.NoSuchFeedback):
        feedback.close(7, by=by, now=make.NOON)
    with pytest.raises(feedback.NoSuchFeedback):
        feedback.reopen(7, by=by, now=make.NOON)
