"""The forms of the people's office."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.signals import user_login_failed

from service_provider.queries import access
from service_provider.queries.people.staff import ROLES
from service_provider.services import reasons

MISMATCH = "This user name and this password do not open the office."


class DoorForm(LoginForm):  # type: ignore[misc]
    """The provider's log in: who is no active staff is told what a wrong password is told, and counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["remember"]  # an office session ends with the browser
        self.fields["login"].label = "User name or e-mail"
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autofocus": True}
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError:
            raise forms.ValidationError(MISMATCH) from None
        if self.errors:
            return cleaned
        who = access.actor_of(self.user)
        if not who.is_staff or who.is_blocked:
            self._count_failure()
            raise forms.ValidationError(MISMATCH)
        return cleaned | {"remember": False}

    def _count_failure(self) -> None:
        """A right password without a place here must not look different after six tries either."""
        credentials = {name: value for name, value in self.user_credentials().items() if name != "password"}
        user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)


def _reason(label: str = "Reason") -> forms.CharField:
    return forms.CharField(
        label=label,
        min_length=reasons.SHORTEST,
        max_length=reasons.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the audit log. Please write no names or contacts here.",
    )


class ReasonForm(forms.Form):
    reason = _reason()


class CorrectionForm(forms.Form):
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    phone = forms.CharField(max_length=24)
    country = forms.CharField(max_length=60)
    state = forms.CharField(max_length=60)
    city = forms.CharField(max_length=60)
    reason = _reason("Reason for the correction")


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(choices=ROLES, initial=access.ANALYST)


class JoinForm(forms.Form):
    username = forms.CharField(
        label="User name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters, not only digits, and nothing that is easily guessed.",
    )
    password_again = forms.CharField(
        label="Password, once more", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("password_again"):
            self.add_error("password_again", "Type the same password in both places.")
        return cleaned


class StaffChangeForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES)
    active = forms.BooleanField(label="May log in", required=False)
    reason = _reason()
