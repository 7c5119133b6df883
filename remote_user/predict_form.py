"""The eleven fields of a prediction, with the choices the model has learned."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from engine.contracts import Transaction
from service_provider.services import predictions
from service_provider.services.predictions import Opening

BOUGHT = ("category", "shopping_mall", "quantity", "price", "payment_method", "invoice_date")
BUYER = ("gender", "age")
NUMBERS = ("tid", "coupon_no", "customer_id")


def _text(name: str, label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=predictions.LENGTHS[name], required=required, help_text=help_text, strip=True
    )


class PredictForm(forms.Form):
    """Without a model the choices are plain text, so that nothing typed is lost."""

    gender = _text("gender", "Gender")
    age = forms.IntegerField(label="Age", min_value=0, max_value=predictions.MAX_AGE)
    category = _text("category", "Category")
    quantity = forms.IntegerField(label="Quantity", min_value=1, max_value=predictions.MAX_QUANTITY)
    price = forms.DecimalField(label="Price")
    payment_method = _text("payment_method", "Payment method")
    invoice_date = forms.DateField(
        label="Invoice date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    shopping_mall = _text("shopping_mall", "Shopping mall")
    tid = _text("tid", "Tid", required=False, help_text="The number on the invoice, if you have it.")
    coupon_no = _text("coupon_no", "Coupon number", required=False)
    customer_id = _text("customer_id", "Customer id", required=False)

    def __init__(self, opening: Opening, data: Any = None) -> None:
        super().__init__(data, initial=opening.initial)
        self.opening = opening
        self.fields["price"] = self._price_field()
        for name, choices in (opening.card.choices if opening.card else {}).items():
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label,
                choices=[("", "Choose ..."), *((choice, choice) for choice in choices)],
            )
        self._say_what_is_known()

    def _price_field(self) -> forms.DecimalField:
        mall = self.opening.mall
        smallest = Decimal(1).scaleb(-mall.minor_digits)
        return forms.DecimalField(
            label=f"Price ({mall.currency})",
            min_value=smallest,
            max_value=predictions.MAX_PRICE,
            decimal_places=mall.minor_digits,
            error_messages={"min_value": "The price must be more than 0."},
        )

    def _say_what_is_known(self) -> None:
        """Beside each number, the range the model has met."""
        ranges = self.opening.card.ranges if self.opening.card else {}
        for name in ("age", "quantity"):
            if name in ranges:
                low, high = ranges[name]
                self.fields[name].help_text = f"The model knows {low} to {high}."
        self.fields["price"].help_text = "The total of the line."
        if "price_minor" in ranges:
            cheapest, dearest = (self.opening.mall.money(minor) for minor in ranges["price_minor"])
            self.fields["price"].help_text += f" The model knows {cheapest} to {dearest}."

    @property
    def bought(self) -> list[forms.BoundField]:
        return [self[name] for name in BOUGHT]

    @property
    def buyer(self) -> list[forms.BoundField]:
        return [self[name] for name in BUYER]

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in NUMBERS]

    def clean_invoice_date(self) -> date:
        day: date = self.cleaned_data["invoice_date"]
        try:
            predictions.check_date(day, today=self.opening.today)
        except predictions.BadTransaction as fault:
            raise forms.ValidationError(str(fault)) from None
        return day

    def transaction(self) -> Transaction:
        given = dict(self.cleaned_data)
        minor = predictions.to_minor(given.pop("price"), self.opening.mall.minor_digits)
        return Transaction(**given, price_minor=minor)
