"""The form that places an order: how she pays, and what she saw when she agreed."""

import secrets
from typing import Any

from django import forms

from service_provider.services.orders import PAYMENT_METHODS, WrongToken


class CheckoutForm(forms.Form):
    payment_method = forms.ChoiceField(
        label="Payment (simulated: nobody is charged)",
        choices=[(method, method) for method in PAYMENT_METHODS],
        widget=forms.RadioSelect,
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    agreed_minor = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, total_minor: int) -> None:
        self._total_minor = total_minor
        given = {"token": secrets.token_hex(16), "agreed_minor": total_minor}
        super().__init__(data, initial=given)

    def clean(self) -> dict[str, Any] | None:
        if {"token", "agreed_minor"} & set(self.errors):  # hidden, so said once for the whole form
            self.ask_again(str(WrongToken()), self._total_minor)
        return super().clean()

    def ask_again(self, reason: str, total_minor: int) -> None:
        """Says why; what was chosen stays, and she sees the total of now under a token of its own."""
        self.add_error(None, reason)
        fresh = {"token": secrets.token_hex(16), "agreed_minor": str(total_minor)}
        self.data = {name: self.data.get(name) for name in self.fields} | fresh
