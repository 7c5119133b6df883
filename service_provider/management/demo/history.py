"""What happened before today: questions that the trained model really answered, and what came true."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from engine.contracts import HIGH, LOW, Transaction
from engine.simulate.transactions import generate, high_probability
from service_provider.management.demo.cast import Resident
from service_provider.queries import mall
from service_provider.queries.access import COMMAND
from service_provider.services import predictions, transactions

QUESTIONS = 1_500
DAYS = 200
SEED = 2_027  # another one than the demo file's: the model never saw these rows
SETTLED_AFTER = timedelta(days=10)  # younger purchases are not in the books yet
BOOKED = 0.7  # of the older ones

Asked = tuple[Resident, Transaction, datetime]


def questions(residents: Sequence[Resident], *, rng: Random, now: datetime) -> list[Asked]:
    """Questions in the order of time, more of them lately; each carries the label that its purchase will get."""
    zone = mall.get_settings()
    moments = sorted(now - timedelta(days=DAYS * rng.random() ** 1.4, minutes=5) for _ in range(QUESTIONS))
    asked = []
    for number, (row, moment) in enumerate(zip(generate(QUESTIONS, seed=SEED), moments, strict=True)):
        who = rng.choice([r for r in residents if r.came_at <= moment] or residents[:2])
        purchase = replace(
            row,
            tid=f"demo-{number:05d}",
            coupon_no="",
            customer_id="",
            gender=who.gender,
            age=who.age,
            invoice_date=zone.local(moment).date(),
        )
        label = HIGH if rng.random() < high_probability(purchase) else LOW
        asked.append((who, replace(purchase, label=label), moment))
    return asked


def answer(asked: Sequence[Asked], *, show: Callable[[Iterable[Asked]], Iterable[Asked]]) -> None:
    for who, purchase, moment in show(asked):
        predictions.predict(replace(purchase, label=None), by=who.actor, source="demo", now=moment)


def book(asked: Sequence[Asked], *, rng: Random, now: datetime) -> int:
    """Imports the purchases that have reached the books; their predictions learn what came true."""
    old = [
        purchase for _, purchase, moment in asked if moment < now - SETTLED_AFTER and rng.random() < BOOKED
    ]
    return transactions.record(old, by=COMMAND, now=now).outcomes
