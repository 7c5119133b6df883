"""What some of the demo's shoppers think of the mall, and what it answered."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from service_provider.queries import demo
from service_provider.queries.access import COMMAND
from service_provider.queries.people import census
from service_provider.services import audit, feedback
from service_provider.services.feedback import Words

OFFICE = "provider"
ANSWERED_AFTER = timedelta(hours=5)


class Opinion(NamedTuple):
    name: str
    days_ago: int
    words: Words
    answer: str = ""
    is_closed: bool = False


OPINIONS = (
    Opinion("anna", 41, Words("till", "The queue at the till on Saturday was twenty minutes long.", 2),
            "Thank you. From this month on there are two more tills open on Saturdays.", is_closed=True),
    Opinion("bea", 33, Words("products", "More shoes in small sizes, please. Mine are always gone.", 3),
            "We have ordered sizes 35 and 36 for spring."),
    Opinion("ada1", 26, Words("website", "The search found what I meant although I had misspelt it. Nice!", 5)),
    Opinion("ali1", 19, Words("shop", "It is too warm on the second floor.", 2),
            "The air conditioning was repaired on Tuesday. Tell us if it is still too warm.", is_closed=True),
    Opinion("aylin1", 12, Words("coupons", "I would rather have fewer coupons for things that I really buy.", 4)),
    Opinion("anna", 6, Words("website", "The pictures are fun, but I would like to see the real goods.", 3)),
    Opinion("bea", 2, Words("shop", "Friendly people everywhere. The lift by the entrance is slow.")),
)  # fmt: skip


def speak(*, now: datetime) -> int:
    """Writes what they think, once: who is not here any more, or is blocked, says nothing. Says how many spoke."""
    people = census.find_actors({one.name for one in OPINIONS} | {OFFICE})
    office, _ = people.get(OFFICE, (COMMAND, now))
    written = 0
    with transaction.atomic():
        for one in OPINIONS:
            by, came_at = people.get(one.name, (COMMAND, now))
            if by.shopper_id is None or by.is_blocked:
                continue
            at = max(now - timedelta(days=one.days_ago), came_at)
            feedback_id = feedback.write(one.words, by=by, now=at)
            written += 1
            if one.answer:
                at = min(at + ANSWERED_AFTER, now)
                feedback.answer(feedback_id, one.answer, seen=None, by=office, now=at)
            if one.is_closed:
                feedback.close(feedback_id, by=office, now=at)
        audit.record(COMMAND, demo.SPOKEN, "feedback", 1, now=now, detail={"written": written})
    return written
