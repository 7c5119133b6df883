"""What a till sends and is told. Money goes both ways in the mall's currency, as decimal strings."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from service_provider.api.schemas import PRICE_PATTERN, PRINTABLE, read_price
from service_provider.queries.mall import MallSettings
from service_provider.services import counter
from service_provider.services.counter import Effect, SoldLine, TakenBack

LARGEST_ID = 2**63 - 1
PiecePrice = Annotated[
    Decimal,
    BeforeValidator(read_price),
    Field(gt=0, le=counter.MAX_PRICE),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": PRICE_PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": int(counter.MAX_PRICE)},
            ],
            "description": "Of one piece, in the mall's currency, with its decimal places at most.",
            "examples": ["49.90"],
        }
    ),
]


def _text(most: int, *, least: int = 1) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most, pattern=PRINTABLE)


class Line(Schema):
    """One line of the basket, as the till charges it."""

    model_config = ConfigDict(extra="forbid")

    product_id: Annotated[str, _text(64, least=0)] = ""
    category: Annotated[str, _text(100), Field(examples=["Shoes"])]
    price: PiecePrice
    quantity: Annotated[int, Field(strict=True, ge=1, le=counter.MAX_QUANTITY)] = 1


class AskedUse(Schema):
    """A code and the basket on which it shall be used."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, _text(40), Field(description="As typed or scanned.", examples=["7KQ2M-X9R4T-CW8H"])]
    sale: Annotated[
        str,
        _text(80),
        Field(
            description="Your number of this sale: who has validated in it, redeems in it.",
            examples=["S-1007"],
        ),
    ]
    lines: Annotated[
        list[Line],
        Field(
            min_length=1, max_length=counter.MOST_LINES, examples=[[{"category": "Shoes", "price": "49.90"}]]
        ),
    ]

    def sold(self) -> tuple[SoldLine, ...]:
        return tuple(
            SoldLine(line.category, line.price, line.quantity, line.product_id) for line in self.lines
        )


class AskedReversal(Schema):
    model_config = ConfigDict(extra="forbid")

    redemption_id: Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID, examples=[1])]
    why: Annotated[
        str, _text(200), Field(description="Kept with the redemption.", examples=["Goods returned"])
    ]


class CouponEffect(Schema):
    """What the coupon takes off this basket. The parts of `lines`, in your order, add up to `discount`."""

    what: str
    currency: str
    basket: str
    discount: str
    total: str
    lines: list[str] = Field(description="What comes off each line.")
    dry_run: bool


class Validated(CouponEffect):
    held_until: datetime | None = Field(
        description="Until then only this sale can use it; null in a dry run."
    )


class RedeemedCoupon(CouponEffect):
    redemption_id: int | None = Field(description="To take it back by; null in a dry run.")


class Reversed(Schema):
    redemption_id: int
    currency: str
    discount: str = Field(description="What had come off, and is to be paid again.")
    coupon_lives_again: bool
    dry_run: bool


def validated_of(effect: Effect, mall: MallSettings, *, dry_run: bool) -> Validated:
    return Validated(**_facts(effect, mall), held_until=effect.held_until, dry_run=dry_run)


def redeemed_of(effect: Effect, mall: MallSettings, *, dry_run: bool) -> RedeemedCoupon:
    return RedeemedCoupon(**_facts(effect, mall), redemption_id=effect.redemption_id, dry_run=dry_run)


def reversed_of(back: TakenBack, mall: MallSettings, *, dry_run: bool) -> Reversed:
    return Reversed(
        redemption_id=back.redemption_id,
        currency=mall.currency,
        discount=_written(back.discount_minor, mall),
        coupon_lives_again=back.lives_again,
        dry_run=dry_run,
    )


def _facts(effect: Effect, mall: MallSettings) -> dict[str, Any]:
    return {
        "what": effect.what,
        "currency": mall.currency,
        "basket": _written(effect.basket_minor, mall),
        "discount": _written(effect.discount_minor, mall),
        "total": _written(effect.total_minor, mall),
        "lines": [_written(off, mall) for off in effect.off_minor],
    }


def _written(minor: int, mall: MallSettings) -> str:
    return f"{Decimal(minor).scaleb(-mall.minor_digits):.{mall.minor_digits}f}"
