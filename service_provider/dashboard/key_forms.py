"""Forms of the page of keys."""

from typing import Any

from django import forms

from service_provider.queries import catalogue
from service_provider.queries.keys import SCOPES
from service_provider.services.keys import TILL


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What uses it, for instance: till 3, ground floor.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        initial=list(SCOPES)[:1],
        widget=forms.CheckboxSelectMultiple,
    )
    mall = forms.ChoiceField(
        required=False, help_text="Where a till stands: it redeems coupons of this mall only."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mall"].choices = [("", "None"), *catalogue.list_malls()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if TILL in given.get("scopes", ()) and not given.get("mall") and "mall" not in self.errors:
            self.add_error("mall", "Choose the mall in which the till stands.")
        return given


class RevokeForm(forms.Form):
    reason = forms.CharField(max_length=300, help_text="Stands in the audit log.")
