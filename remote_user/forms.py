"""The shopper's forms: what may be typed, and what is said when it may not."""

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms


class LoginForm(AllauthLoginForm):
    pass


class RegistrationForm(forms.Form):
    """The published registration's extra fields; user name, e-mail and password are allauth's."""

    phone = forms.CharField(max_length=24)
    country = forms.CharField(max_length=60)
    state = forms.CharField(max_length=60)
    city = forms.CharField(max_length=60)

    def signup(self, request: object, user: object) -> None:
        pass
