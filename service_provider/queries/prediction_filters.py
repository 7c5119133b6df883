"""What predictions may be filtered by. A filter is a read, so it stands here and not in a face."""

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Upper

from engine.contracts import LABEL_NAMES
from service_provider.models import ModelVersion, RevenuePrediction
from service_provider.queries import age_bands, prediction_coupons, segments

Predictions = QuerySet[RevenuePrediction]
Choices = list[tuple[str, str]]

CAME_TRUE: Choices = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet")]


def _day(**attrs: str) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"} | attrs)


class MonthFilter(filters.DateFilter):  # type: ignore[misc]  # django-filter has no types
    """A month written as 2026-05."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-05"})
        messages = {"invalid": "Give a month as year and number, for instance 2026-05."}
        super().__init__(input_formats=["%Y-%m"], widget=widget, error_messages=messages, **options)


class PredictionFilter(filters.FilterSet):  # type: ignore[misc]
    """Query parameters of the list of predictions and of its downloads."""

    q = filters.CharFilter(
        method="search",
        max_length=80,
        label="Search",
        help_text="Tid, customer, coupon or shopper key",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    result = filters.ChoiceFilter(
        choices=[(str(i), name) for i, name in enumerate(LABEL_NAMES)], label="Result", empty_label="Any"
    )
    came_true = filters.ChoiceFilter(
        method="by_outcome", choices=CAME_TRUE, label="Came true", empty_label="Any"
    )
    shopping_mall = filters.ChoiceFilter(choices=[], label="Mall", empty_label="Any")
    category = filters.ChoiceFilter(choices=[], label="Category", empty_label="Any")
    gender = filters.ChoiceFilter(choices=[], label="Gender", empty_label="Any")
    age_band = filters.ChoiceFilter(
        method="by_age_band",
        choices=[(band, band) for band in age_bands.BANDS],
        label="Age",
        empty_label="Any",
    )
    payment_method = filters.ChoiceFilter(choices=[], label="Payment method", empty_label="Any")
    month = MonthFilter(method="by_month", label="Month of invoice")
    invoice_from = filters.DateFilter(
        field_name="invoice_date", lookup_expr="gte", label="Invoice from", widget=_day()
    )
    invoice_to = filters.DateFilter(
        field_name="invoice_date", lookup_expr="lte", label="Invoice to", widget=_day()
    )
    segment = filters.ChoiceFilter(
        method="by_segment", choices=[], label="Segment of the shopper now", empty_label="Any"
    )
    coupon = filters.ChoiceFilter(method="by_coupon", choices=[], label="Coupon", empty_label="Any")
    source = filters.ChoiceFilter(choices=RevenuePrediction.Source.choices, label="Source", empty_label="Any")
    version = filters.ChoiceFilter(
        field_name="model_version__number", choices=[], label="Model version", empty_label="Any"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("shopping_mall", "category", "gender", "payment_method"):
            self.filters[name].extra["choices"] = _seen(name)
        numbers = (
            ModelVersion.objects.filter(kind="revenue").order_by("-number").values_list("number", flat=True)
        )
        self.filters["version"].extra["choices"] = [(str(number), f"Version {number}") for number in numbers]
        self.filters["segment"].extra["choices"] = list(segments.names().items())
        self.filters["coupon"].extra["choices"] = list(prediction_coupons.names().items())

    def by_segment(self, rows: Predictions, name: str, code: str) -> Predictions:
        return rows.filter(shopper__in=segments.members(code).values("shopper"))

    def by_coupon(self, rows: Predictions, name: str, whose: str) -> Predictions:
        return rows.alias(coupon_of=prediction_coupons.column()).filter(coupon_of=whose)

    def search(self, rows: Predictions, name: str, text: str) -> Predictions:
        # Codes stand in a binary collation on MariaDB, where icontains would tell "t1" from "T1".
        parts = {
            "q_tid": "tid",
            "q_customer": "customer_id",
            "q_coupon": "coupon_no",
            "q_shopper": "shopper__key",
        }
        found = rows.alias(**{alias: Upper(part) for alias, part in parts.items()})
        return found.filter(Q(*((f"{alias}__contains", text.upper()) for alias in parts), _connector=Q.OR))

    def by_outcome(self, rows: Predictions, name: str, answer: str) -> Predictions:
        if answer == "unknown":
            return rows.filter(actual__isnull=True)
        known = rows.filter(actual__isnull=False)
        return known.filter(actual=F("result")) if answer == "yes" else known.exclude(actual=F("result"))

    def by_age_band(self, rows: Predictions, name: str, band: str) -> Predictions:
        return rows.filter(age_bands.of(band))

    def by_month(self, rows: Predictions, name: str, first: date) -> Predictions:
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return rows.filter(invoice_date__gte=first, invoice_date__lt=after)


def _seen(column: str) -> Choices:
    values = RevenuePrediction.objects.order_by(column).values_list(column, flat=True).distinct()
    return [(value, value) for value in values]
