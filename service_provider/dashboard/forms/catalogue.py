"""The forms of the catalogue: one product, and the margin of a category."""

from decimal import Decimal
from typing import Any

from django import forms

from service_provider.queries import catalogue
from service_provider.queries.catalogue import LONGEST, ProductRow
from service_provider.services.catalogue import ProductValues

MOST_MINOR = 10**14
MOST_STOCK = 2**31 - 1


def _margin(help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label="Margin, in % of the price",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=help_text or "What is left of the price after the product's cost: 35.25 means 35.25 %.",
    )


class ProductForm(forms.Form):
    title = forms.CharField(max_length=LONGEST["title"])
    category = forms.CharField(max_length=LONGEST["category"])
    mall = forms.CharField(max_length=LONGEST["mall"], required=False)
    price = forms.DecimalField(min_value=0)
    margin = _margin()
    stock = forms.IntegerField(label="Pieces in stock", min_value=0, max_value=MOST_STOCK)
    active = forms.BooleanField(label="On sale: coupons may be for it", required=False)
    version = forms.CharField(required=False, widget=forms.HiddenInput)  # without it the form is an old one

    def __init__(self, *args: Any, digits: int, currency: str, **kwargs: Any) -> None:
        """`digits`: the decimals of the mall's currency."""
        super().__init__(*args, **kwargs)
        self.digits = digits
        self.fields["price"] = forms.DecimalField(
            label=f"Price of one piece, in {currency}",
            min_value=0,
            max_value=Decimal(MOST_MINOR).scaleb(-digits),
            decimal_places=digits,
        )
        for name, known in (("category", catalogue.list_categories()), ("mall", catalogue.list_malls())):
            self.fields[name].widget.attrs["list"] = f"known-{name}"
            self.fields[name].known = known  # type: ignore[attr-defined]

    def values(self) -> ProductValues:
        """What a valid form asks for."""
        given = self.cleaned_data
        return ProductValues(
            title=given["title"],
            category=given["category"],
            mall=given["mall"],
            price_minor=int(given["price"].scaleb(self.digits)),
            margin_bp=int(given["margin"].scaleb(2)),
            stock=given["stock"],
            is_active=given["active"],
        )


def initial_of(row: ProductRow, *, digits: int) -> dict[str, Any]:
    return {
        "title": row.title,
        "category": row.category,
        "mall": row.mall,
        "price": Decimal(row.price_minor).scaleb(-digits),
        "margin": Decimal(row.margin_bp).scaleb(-2),
        "stock": row.stock,
        "active": row.is_active,
        "version": row.version,
    }


class MarginForm(forms.Form):
    category = forms.ChoiceField(choices=lambda: [("", "Choose"), *catalogue.list_categories()])
    margin = _margin("Given to every product of the category, on sale or not.")

    @property
    def margin_bp(self) -> int:
        """What a valid form asks for."""
        return int(self.cleaned_data["margin"].scaleb(2))
