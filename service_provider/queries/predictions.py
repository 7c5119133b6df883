"""Predictions as the dashboard lists, filters and downloads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.forms import Form

from service_provider.models import RevenuePrediction
from service_provider.queries import mall, page
from service_provider.queries.prediction_filters import PredictionFilter


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """One prediction; `created_at` and `actual_at` in the mall's zone, `price` written in its currency."""

    id: int
    created_at: datetime
    tid: str
    coupon_no: str
    customer_id: str
    shopper_key: str
    gender: str
    age: int
    category: str
    quantity: int
    price: str
    payment_method: str
    invoice_date: date
    shopping_mall: str
    source: str
    version_number: int
    version_id: int
    result: int
    votes: Mapping[str, int]
    actual: int | None
    actual_at: datetime | None

    @property
    def came_true(self) -> bool | None:
        return None if self.actual is None else self.actual == self.result


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of predictions and the filter form that it answers to."""

    page: page.Page[PredictionRow]
    form: Form
    is_filtered: bool
    as_of: datetime


def _all() -> QuerySet[RevenuePrediction]:
    return (
        RevenuePrediction.objects.select_related("shopper", "model_version")
        .defer("model_version__report")
        .order_by("-created_at", "-id")
    )


def _matching(chosen: PredictionFilter) -> QuerySet[RevenuePrediction]:
    # A filter that is not understood shows nothing: a download never holds more than was asked for.
    return chosen.qs if not chosen.errors else chosen.queryset.none()


def filtered(params: Mapping[str, str]) -> QuerySet[RevenuePrediction]:
    """The predictions that a list's or download's parameters ask for, newest first."""
    return _matching(PredictionFilter(params, _all()))


def search(params: Mapping[str, str], number: int, *, now: datetime) -> Listing:
    """Page `number` of the predictions that `params` ask for."""
    settings = mall.get_settings()
    chosen = PredictionFilter(params, _all())
    rows = page.cut(_matching(chosen), number, lambda row: _row(row, settings))
    is_filtered = any(params.get(name) for name in chosen.filters)
    return Listing(rows, chosen.form, is_filtered, settings.local(now))


def find(prediction_id: int) -> PredictionRow | None:
    row = _all().filter(pk=prediction_id).first()
    return _row(row, mall.get_settings()) if row else None


def _row(row: RevenuePrediction, settings: mall.MallSettings) -> PredictionRow:
    return PredictionRow(
        id=row.pk,
        created_at=settings.local(row.created_at),
        tid=row.tid,
        coupon_no=row.coupon_no,
        customer_id=row.customer_id,
        shopper_key=row.shopper.key if row.shopper else "",
        gender=row.gender,
        age=row.age,
        category=row.category,
        quantity=row.quantity,
        price=settings.money(row.price_minor),
        payment_method=row.payment_method,
        invoice_date=row.invoice_date,
        shopping_mall=row.shopping_mall,
        source=row.get_source_display(),
        version_number=row.model_version.number,
        version_id=row.model_version_id,
        result=row.result,
        votes=row.votes,
        actual=row.actual,
        actual_at=settings.local(row.actual_at) if row.actual_at else None,
    )
