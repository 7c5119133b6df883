"""A shopper says what she thinks of the shop; the provider answers, closes, and opens again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from service_provider.models import Feedback, Shopper
from service_provider.queries import access, mall
from service_provider.queries.access import Actor
from service_provider.queries.people.naming import Names
from service_provider.queries.people.profile import ids_of
from service_provider.services import audit


@dataclass(frozen=True, slots=True)
class Words:
    """What a shopper says; `rating` from 1, poor, to 5, or None."""

    topic: str
    text: str
    rating: int | None = None


class FeedbackRefused(Exception):
    """Nothing was written; the text says why to people."""


class TooMuchToday(FeedbackRefused):
    def __init__(self) -> None:
        most = Feedback.MOST_A_DAY
        super().__init__(
            f"You have told us {most} things today, and we read each. Please come again tomorrow."
        )


class NoSuchFeedback(FeedbackRefused):
    def __init__(self) -> None:
        super().__init__("There is no such feedback.")


class AnsweredMeanwhile(FeedbackRefused):
    def __init__(self) -> None:
        super().__init__("Somebody has answered it meanwhile. Read that answer first, then change it.")


def tidy(text: str) -> str:
    """As it is counted and kept: one sign for the end of a line, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _check(text: str) -> str:
    text = tidy(text)
    if not 1 <= len(text) <= Feedback.LONGEST:
        raise FeedbackRefused(f"Write 1 to {Feedback.LONGEST:,} characters.")
    return text


@transaction.atomic
def write(words: Words, *, by: Actor, now: datetime) -> int:
    """Keeps what she says and returns its id. The same words twice on one day are one piece of feedback."""
    access.require(by, "give_feedback")
    _, shopper_id = ids_of(by)
    text = _check(words.text)
    if words.topic not in Feedback.Topic.values or words.rating not in (None, 1, 2, 3, 4, 5):
        raise FeedbackRefused("Choose one of the topics, and a rating from 1 to 5 or none.")
    shopper = Shopper.objects.select_for_update().get(pk=shopper_id)
    today = mall.get_settings().local(now).date()
    hers = list(Feedback.objects.filter(shopper=shopper, on_date=today).order_by("number"))
    for row in hers:  # a second click
        if (row.topic, row.rating, row.text) == (words.topic, words.rating, text):
            return row.pk
    if len(hers) >= Feedback.MOST_A_DAY:
        raise TooMuchToday
    made = Feedback.objects.create(
        shopper=shopper, on_date=today, number=len(hers) + 1, topic=words.topic, rating=words.rating,
        text=text, created_at=now,
    )  # fmt: skip
    audit.record(by, "give_feedback", "feedback", made.pk, now=now)
    return made.pk


@transaction.atomic
def answer(feedback_id: int, text: str, *, seen: datetime | None, by: Actor, now: datetime) -> None:
    """Answers, or changes the answer given at `seen`. AnsweredMeanwhile where another one stands there by now."""
    access.require(by, "answer_feedback")
    text = _check(text)
    changed = Feedback.objects.filter(pk=feedback_id, closed_at__isnull=True, answered_at=seen).update(
        answer=text, answered_at=now, answered_by=by.label
    )
    if not changed:
        raise _why_not(feedback_id)
    audit.record(by, "answer_feedback", "feedback", feedback_id, now=now)


def _why_not(feedback_id: int) -> FeedbackRefused:
    row = Feedback.objects.filter(pk=feedback_id).first()
    if row is None:
        return NoSuchFeedback()
    if row.closed_at is not None:
        return FeedbackRefused("It is closed. Open it again before you answer.")
    return AnsweredMeanwhile()


@transaction.atomic
def close(feedback_id: int, *, by: Actor, now: datetime) -> None:
    """Nothing more is to be said about it; with or without an answer."""
    access.require(by, "answer_feedback")
    if not Feedback.objects.filter(pk=feedback_id, closed_at__isnull=True).update(closed_at=now):
        raise _not_so(feedback_id, "It is closed already.")
    audit.record(by, "close_feedback", "feedback", feedback_id, now=now)


@transaction.atomic
def reopen(feedback_id: int, *, by: Actor, now: datetime) -> None:
    """New again, or answered where it has an answer."""
    access.require(by, "answer_feedback")
    if not Feedback.objects.filter(pk=feedback_id, closed_at__isnull=False).update(closed_at=None):
        raise _not_so(feedback_id, "It is open already.")
    audit.record(by, "reopen_feedback", "feedback", feedback_id, now=now)


def _not_so(feedback_id: int, why: str) -> FeedbackRefused:
    return FeedbackRefused(why) if Feedback.objects.filter(pk=feedback_id).exists() else NoSuchFeedback()


@transaction.atomic
def unname(shopper: Shopper) -> None:
    """Blanks the words that name a shopper who goes, in what she wrote and in the answers to it."""
    names = Names([shopper.pk])
    rows = list(Feedback.objects.filter(shopper=shopper).order_by("pk"))
    for row in rows:
        row.text, row.answer = (
            names.blank(shopper.pk, said)[: row.LONGEST] for said in (row.text, row.answer)
        )
    Feedback.objects.bulk_update(rows, ["text", "answer"], batch_size=100)
