"""What the API takes and gives, by the published names of the columns."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from engine.contracts import LABEL_NAMES, Transaction
from service_provider.queries.own_predictions import PredictionRow
from service_provider.services import predictions

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_PRICE = re.compile(r"\d{1,8}(\.\d{1,4})?\Z", re.ASCII)
PRICE_PATTERN = r"^[0-9]{1,8}(\.[0-9]{1,4})?$"


def _day(value: Any) -> date:
    if isinstance(value, str) and _ISO_DAY.match(value):
        return date.fromisoformat(value)
    raise ValueError("A date as YYYY-MM-DD is expected.")


def read_price(value: Any) -> Decimal:
    """A decimal string, or a number as it was written."""
    text = value if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not _PRICE.match(text):
        raise ValueError("A price is expected, for instance 1500.40, at most 10000000.")
    return Decimal(text)


def _wanted(name: str, example: str) -> Any:
    length = predictions.LENGTHS[name]
    rules = StringConstraints(strip_whitespace=True, min_length=1, max_length=length, pattern=PRINTABLE)
    return Annotated[str, rules, Field(examples=[example])]


def _optional(name: str, example: str) -> Any:
    rules = StringConstraints(strip_whitespace=True, max_length=predictions.LENGTHS[name], pattern=PRINTABLE)
    return Annotated[str, rules, Field(examples=[example])]


Price = Annotated[
    Decimal,
    BeforeValidator(read_price),
    Field(gt=0, le=predictions.MAX_PRICE),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": PRICE_PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": int(predictions.MAX_PRICE)},
            ],
            "description": "The line's total in the mall's currency, with its decimal places at most.",
            "examples": ["600.16"],
        }
    ),
]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-05-19"])]


class AskedTransaction(Schema):
    """One transaction; Tid, coupon_no and customer_id may be missing or empty."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    Tid: _optional("tid", "T100273") = ""  # type: ignore[valid-type]
    coupon_no: _optional("coupon_no", "") = ""  # type: ignore[valid-type]
    customer_id: _optional("customer_id", "C241288") = ""  # type: ignore[valid-type]
    gender: _wanted("gender", "Female")  # type: ignore[valid-type]
    age: Annotated[int, Field(strict=True, ge=0, le=predictions.MAX_AGE, examples=[34])]
    category: _wanted("category", "Clothing")  # type: ignore[valid-type]
    quantity: Annotated[int, Field(strict=True, ge=1, le=predictions.MAX_QUANTITY, examples=[2])]
    price: Price
    payment_method: _wanted("payment_method", "Credit Card")  # type: ignore[valid-type]
    invoice_date: Day
    shopping_mall: _wanted("shopping_mall", "Kanyon")  # type: ignore[valid-type]

    def transaction(self) -> Transaction:
        """Without its price, which the service turns into the mall's smallest unit."""
        given = self.model_dump(exclude={"Tid", "price"})
        return Transaction(tid=self.Tid, price_minor=0, **given)


class Figure(Schema):
    """A measured value with its 95 % interval."""

    value: float
    ci: list[float] | None


class ModelFacts(Schema):
    """The version that answered, and what its ensemble was measured to be worth."""

    version: int
    accuracy: Figure
    majority_rate: float
    better_than_majority: bool


class Prediction(Schema):
    id: int
    result: Literal["High", "Low"]
    label: Literal[0, 1]
    votes: dict[str, Literal[0, 1]] = Field(description="What each member of the ensemble said, by its name.")
    model: ModelFacts


class NewPrediction(Prediction):
    unseen: list[str] = Field(
        description="Columns whose value the model never met in training; it leans on the others there."
    )


def prediction_of(row: PredictionRow) -> Prediction:
    return Prediction(**_facts(row))


def new_prediction_of(row: PredictionRow, unseen: tuple[str, ...]) -> NewPrediction:
    return NewPrediction(**_facts(row), unseen=list(unseen))


def _facts(row: PredictionRow) -> dict[str, Any]:
    quality = row.quality
    return {
        "id": row.id,
        "result": LABEL_NAMES[row.result],
        "label": row.result,
        "votes": row.votes,
        "model": {
            "version": quality.number,
            "accuracy": quality.accuracy.to_json(),
            "majority_rate": quality.majority_rate,
            "better_than_majority": quality.better_than_majority,
        },
    }
