"""Two at once: a second click is no second feedback, a day holds no sixth, one answer wins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import make
import pytest
from at_once import race

from service_provider.models import AuditEntry, Feedback
from service_provider.queries.access import actor_of
from service_provider.services import feedback
from service_provider.services.feedback import AnsweredMeanwhile, TooMuchToday, Words

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def write(user: Any, text: str) -> Callable[[], Any]:
    by = actor_of(user)
    return lambda: feedback.write(Words("shop", text), by=by, now=make.NOON)


def test_the_same_words_at_once_are_one_feedback(anna: Any) -> None:
    ended = race(*[write(anna, "The lift is slow.")] * AT_ONCE)

    assert set(ended) == {Feedback.objects.get().pk}, ended
    assert AuditEntry.objects.count() == 1


def test_other_words_at_once_are_all_kept_but_the_sixth(anna: Any) -> None:
    ended = race(*(write(anna, f"Thing {number}") for number in range(AT_ONCE)))

    assert [type(one) for one in ended if not isinstance(one, int)] == [TooMuchToday], ended
    assert sorted(Feedback.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_two_shoppers_do_not_wait_for_each_other(anna: Any, bea: Any) -> None:
    ended = race(write(anna, "Slow"), write(bea, "Slow"))

    assert all(isinstance(one, int) for one in ended), ended
    assert Feedback.objects.count() == 2


def test_of_two_answers_at_once_one_stands_and_the_other_is_told(anna: Any, petra: Any) -> None:
    row, by = make.feedback(anna.shopper), actor_of(petra)
    later = make.NOON + timedelta(hours=1)
    answers = [f"Answer {number}" for number in range(AT_ONCE)]
    ended = race(
        *(lambda text=text: feedback.answer(row.pk, text, seen=None, by=by, now=later) for text in answers)
    )

    assert sorted(type(one).__name__ for one in ended) == [AnsweredMeanwhile.__name__] * (AT_ONCE - 1) + [
        "NoneType"
    ]
    row.refresh_from_db()
    assert row.answer == answers[ended.index(None)]
    assert AuditEntry.objects.count() == 1
