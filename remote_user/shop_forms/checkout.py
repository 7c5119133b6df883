"""The form that places an order: how she pays, and what she saw when she agreed."""

import re
import secrets
from typing import Any

from django import forms

from service_provider.queries.basket_coupons import Discounted
from service_provider.services.orders import PAYMENT_METHODS, WrongToken

NUMBERS = re.compile(r"([1-9]\d{0,17}(,[1-9]\d{0,17}){0,19})?")
HIDDEN = ("token", "agreed_minor", "coupon_ids")


class CouponsField(forms.CharField):
    """The coupons that came off the total she saw, by number: "3,17"."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> tuple[int, ...]:
        text = super().clean(value)
        if not NUMBERS.fullmatch(text):
            raise forms.ValidationError("Numbers of coupons were expected.")
        return tuple(int(number) for number in text.split(",") if number)


class CheckoutForm(forms.Form):
    payment_method = forms.ChoiceField(
        label="Payment (simulated: nobody is charged)",
        choices=[(method, method) for method in PAYMENT_METHODS],
        widget=forms.RadioSelect,
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    agreed_minor = forms.IntegerField(widget=forms.HiddenInput)
    coupon_ids = CouponsField(required=False)

    def __init__(self, data: Any = None, *, weighed: Discounted) -> None:
        self._weighed = weighed
        super().__init__(data, initial=_seen(weighed))

    def clean(self) -> dict[str, Any] | None:
        if set(HIDDEN) & set(self.errors):  # hidden, so said once for the whole form
            self.ask_again(str(WrongToken()), self._weighed)
        return super().clean()

    def ask_again(self, reason: str, weighed: Discounted) -> None:
        """Says why; what was chosen stays, and she sees the total of now under a token of its own."""
        self.add_error(None, reason)
        self.data = {name: self.data.get(name) for name in self.fields} | _seen(weighed)


def _seen(weighed: Discounted) -> dict[str, str]:
    return {
        "token": secrets.token_hex(16),
        "agreed_minor": str(weighed.total_minor),
        "coupon_ids": ",".join(str(number) for number in weighed.coupon_ids),
    }
