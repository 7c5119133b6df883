"""A prediction: asked by a shopper's form or a machine, answered by the live model, written down."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.contracts import ColumnCard, RevenueAnswer, Transaction
from service_provider.adapters import engine_rows
from service_provider.models import RevenuePrediction
from service_provider.queries import mall
from service_provider.queries.access import Actor
from service_provider.queries.mall import MallSettings
from service_provider.queries.own_predictions import PredictionRow
from service_provider.queries.people.prefill import Prefill, get_prefill
from service_provider.services.serving import Loaded, NoModel, get_loaded

__all__ = ["NoModel"]

MAX_AGE = 120
MAX_QUANTITY = 10_000
MAX_PRICE = Decimal(10_000_000)
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=366)
LENGTHS = {
    "tid": 80,
    "coupon_no": 40,
    "customer_id": 40,
    "gender": 16,
    "category": 60,
    "payment_method": 40,
    "shopping_mall": 60,
}


class BadTransaction(Exception):
    """A value that cannot be; `column` is its published name."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(frozen=True, slots=True)
class Weighed:
    """An answer that is not written down yet, and the model that gave it."""

    asked: Transaction
    answer: RevenueAnswer
    loaded: Loaded

    @property
    def unseen(self) -> tuple[str, ...]:
        return self.loaded.unseen(self.asked)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the form needs: the model's choices or why there are none, the money, what we know of her."""

    card: ColumnCard | None
    why_not: str
    mall: MallSettings
    today: date
    initial: dict[str, Any]


def to_minor(price: Decimal, digits: int) -> int:
    """A price in the currency's smallest unit. BadTransaction where it has more places than the currency."""
    minor = price.scaleb(digits)
    if minor != minor.to_integral_value():
        places = f"at most {digits} decimal places" if digits else "no decimal places"
        raise BadTransaction("price", f"A price in the mall's currency has {places}.")
    return int(minor)


def open_form(*, by: Actor, now: datetime) -> Opening:
    """Everything the empty form shows, prefilled from her account."""
    settings = mall.get_settings()
    today = settings.local(now).date()
    try:
        card, why_not = get_loaded().card, ""
    except NoModel as reason:
        card, why_not = None, str(reason)
    return Opening(card, why_not, settings, today, _initial(by, card, today))


def _initial(by: Actor, card: ColumnCard | None, today: date) -> dict[str, Any]:
    known = get_prefill(by.user_id) if by.user_id is not None else Prefill()
    choices = card.choices if card else {}
    initial: dict[str, Any] = {"quantity": 1, "invoice_date": today}
    wishes = {
        "gender": (known.gender,),
        "category": known.favourite_categories,
        "shopping_mall": known.favourite_malls,
    }
    for name, liked in wishes.items():
        offered = {choice.casefold(): choice for choice in choices.get(name, liked)}
        initial[name] = next((offered[w.casefold()] for w in liked if w and w.casefold() in offered), "")
    if known.birth_year:
        initial["age"] = min(MAX_AGE, max(0, today.year - known.birth_year))
    return initial


def predict(
    transaction: Transaction, *, by: Actor, source: str, now: datetime, api_key_id: int | None = None
) -> PredictionRow:
    """Answers and writes the answer down with the version that gave it. NoModel where none can answer."""
    return record(_weigh(transaction), by=by, source=source, now=now, api_key_id=api_key_id)


def weigh_machine(transaction: Transaction, *, price: Decimal, now: datetime) -> Weighed:
    """The answer to a machine that sent this price, not yet written down; `record` does that.

    BadTransaction for a price or a date that cannot be, NoModel where none can answer.
    """
    settings = mall.get_settings()
    check_date(transaction.invoice_date, today=settings.local(now).date())
    return _weigh(replace(transaction, price_minor=to_minor(price, settings.minor_digits)))


def _weigh(transaction: Transaction) -> Weighed:
    loaded = get_loaded()
    return Weighed(transaction, loaded.answer(transaction), loaded)


def check_date(day: date, *, today: date) -> None:
    """BadTransaction for a day on which this mall cannot have sold, or will not within a year."""
    if day < EARLIEST:
        raise BadTransaction("invoice_date", f"The date lies before {EARLIEST:%d %B %Y}.")
    if day > today + AHEAD:
        raise BadTransaction("invoice_date", "The date lies more than a year ahead.")


def record(
    weighed: Weighed, *, by: Actor, source: str, now: datetime, api_key_id: int | None = None
) -> PredictionRow:
    """Writes an answer down with the version that gave it. One insert."""
    answer, loaded = weighed.answer, weighed.loaded
    row = RevenuePrediction.objects.create(
        **engine_rows.columns_of(weighed.asked),
        shopper_id=by.shopper_id,
        model_version_id=loaded.live.id,
        api_key_id=api_key_id,
        source=source,
        result=answer.result,
        votes=dict(answer.votes),
        created_at=now,
    )
    return PredictionRow(
        id=row.pk,
        asked=weighed.asked,
        result=answer.result,
        votes=dict(answer.votes),
        actual=None,
        created_at=now,
        version_id=loaded.live.id,
        quality=loaded.quality,
    )
