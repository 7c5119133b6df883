"""Forms of the page of keys."""

from django import forms

from service_provider.queries.keys import SCOPES


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What uses it, for instance: till 3, ground floor.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        initial=list(SCOPES)[:1],
        widget=forms.CheckboxSelectMultiple,
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(max_length=300, help_text="Stands in the audit log.")
