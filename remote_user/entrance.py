"""The forms of the shop's door: log in and registration, as allauth's views want them."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html

from service_provider.queries.access import actor_of
from service_provider.services.people.registration import NewShopper, Taken


def _plain(form: forms.Form) -> None:
    """Labels stand above the fields, so the placeholders that repeat them go."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["login"] = forms.CharField(
            label="User name or e-mail", max_length=254, widget=forms.TextInput(attrs=name)
        )
        self.fields["remember"].label = "Stay logged in on this device"
        self.order_fields(["login", "password", "remember"])
        _plain(self)

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.user:  # the password was right; before that nothing may be told about the account
            self._refuse_strangers()
        return cleaned

    def _refuse_strangers(self) -> None:
        who = actor_of(self.user)
        if who.is_staff:
            door = reverse("provider:login")
            raise forms.ValidationError(
                format_html(
                    'This door is for shoppers. The mall\'s staff log in at <a href="{0}">{0}</a>.', door
                )
            )
        if who.is_blocked:
            raise forms.ValidationError("This account is blocked. Please ask the mall's office.")


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    field_order = (
        *("username", "email", "password1", "password2"),
        *("phone", "country", "state", "city"),
        *("analytics", "offers"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        self.fields["username"].help_text = "You log in with it. Letters, digits and . + - _"
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["email"].label = "E-mail"
        self.fields["email"].help_text = "We send you a code to confirm it."
        self.fields[
            "password1"
        ].help_text = "At least 10 characters, not only digits, and not easily guessed."
        self.fields["password2"].label = "Password again"
        _plain(self)

    def new_shopper(self) -> NewShopper:
        data = self.cleaned_data
        plain = ("username", "email", "phone", "country", "state", "city", "analytics", "offers")
        return NewShopper(password=data["password1"], **{name: data[name] for name in plain})

    def try_save(self, request: HttpRequest) -> Any:
        try:
            return super().try_save(request)
        except Taken as taken:  # somebody took it between the check and the save
            if taken.field == "email":
                self.account_already_exists = True
                return super().try_save(request)
            self.add_error("username", "A user with that username already exists.")
            page = render(request, "account/signup.html", {"form": self})
            raise ImmediateHttpResponse(page) from taken
