"""The small forms of the basket: how many pieces of which product."""

from typing import Any

from django import forms

from service_provider.services.visitors import MOST_PIECES

BOUNDS = f"Give a number from 1 to {MOST_PIECES}."
WRONG = {"min_value": BOUNDS, "max_value": BOUNDS, "invalid": BOUNDS}


class ProductForm(forms.Form):
    """Which product; the id is as long as the catalogue's."""

    product_id = forms.CharField(max_length=64, widget=forms.HiddenInput)


class QuantityForm(ProductForm):
    quantity = forms.IntegerField(
        label="Pieces", min_value=1, max_value=MOST_PIECES, error_messages=WRONG,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, name: str = "typed", product_id: str = "", quantity: int = 1
    ) -> None:
        given = {"product_id": product_id, "quantity": quantity}
        super().__init__(data, initial=given, auto_id=f"{name}-%s")
