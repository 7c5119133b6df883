"""The shopper's forms: what may be typed, and what is said when it may not."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from remote_user import countries
from service_provider.queries import feedback
from service_provider.queries.people.profile import CHANNELS, Profile
from service_provider.services.feedback import Words, tidy
from service_provider.services.people.profile import Contact, Preferences, PreferencesOpening

OLDEST = 120  # years
GENDERS = (("", "Rather not say"), ("Female", "Female"), ("Male", "Male"))


class PhoneField(forms.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^[0-9+\-() ]{5,24}$",
            error_messages={"invalid": "Use 5 to 24 digits, spaces, +, -, ( or ), as in +49 30 1234567."},
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "maxlength": 24}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        phone = str(super().clean(value))
        if sum(sign.isdigit() for sign in phone) < 5:
            raise ValidationError("A phone number has at least 5 digits.")
        return phone


class CountryField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Select(attrs={"autocomplete": "country-name"})
        super().__init__(choices=countries.choices, widget=widget, **kwargs)


class PlaceField(forms.CharField):
    def __init__(self, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(max_length=60, widget=widget, **kwargs)


class ConsentFields(forms.Form):
    """The two questions that may be answered with no, asked in the same words wherever they are asked."""

    analytics = forms.BooleanField(
        required=False,
        label="Analytics: count my visits and predictions in the mall's figures about its shoppers",
    )
    offers = forms.BooleanField(
        required=False, label="Personal offers: choose offers for me by what I look at and buy"
    )


class RegistrationForm(ConsentFields):
    """The published registration's extra fields; user name, e-mail and password are allauth's."""

    phone = PhoneField(label="Phone")
    country = CountryField(label="Country")
    state = PlaceField("address-level1", label="State")
    city = PlaceField("address-level2", label="City")

    def signup(self, request: HttpRequest, user: object) -> None:
        """allauth wants this; the adapter's `save_user` has stored everything by now."""


class ProfileForm(forms.Form):
    phone = PhoneField(label="Phone")
    country = CountryField(label="Country")
    state = PlaceField("address-level1", label="State")
    city = PlaceField("address-level2", label="City")
    gender = forms.ChoiceField(label="Gender", choices=GENDERS, required=False)
    birth_year = forms.IntegerField(
        label="Year of birth", required=False, widget=forms.NumberInput(attrs={"autocomplete": "bday-year"})
    )

    def __init__(self, data: Any, *, profile: Profile, this_year: int) -> None:
        super().__init__(data, initial={name: getattr(profile, name) for name in self.base_fields})
        self.this_year = this_year
        self.fields["country"].choices = countries.choices(profile.country)  # type: ignore[attr-defined]

    def clean_birth_year(self) -> int | None:
        year: int | None = self.cleaned_data["birth_year"]
        first = self.this_year - OLDEST
        if year is not None and not first <= year <= self.this_year:
            raise ValidationError(f"Give a year from {first} to {self.this_year}, or leave it empty.")
        return year

    def contact(self) -> Contact:
        return Contact(**self.cleaned_data)


class PreferencesForm(forms.Form):
    favourite_categories = forms.MultipleChoiceField(
        label="Favourite categories", required=False, widget=forms.CheckboxSelectMultiple
    )
    favourite_malls = forms.MultipleChoiceField(
        label="Favourite malls", required=False, widget=forms.CheckboxSelectMultiple
    )
    channels = forms.MultipleChoiceField(
        label="Where we may reach you", required=False, choices=CHANNELS, widget=forms.CheckboxSelectMultiple
    )
    coupon_mail = forms.BooleanField(
        label="Tell me of each new coupon by e-mail",
        required=False,
        help_text="The shop shows a coupon in any case. A mail goes to your confirmed address, once for each.",
    )

    def __init__(self, data: Any, *, opening: PreferencesOpening) -> None:
        kept = opening.profile
        super().__init__(data, initial={name: getattr(kept, name) for name in self.base_fields})
        offered = {"favourite_categories": opening.categories, "favourite_malls": opening.malls}
        for name, values in offered.items():
            # What she chose once stays choosable, even where the mall no longer has it.
            every = sorted({*values, *getattr(kept, name)})
            self.fields[name].choices = [(value, value) for value in every]  # type: ignore[attr-defined]

    def preferences(self) -> Preferences:
        return Preferences(**self.cleaned_data)


class ConsentForm(ConsentFields):
    necessary = forms.BooleanField(
        label="Necessary: log in, security and the pages you ask for", initial=True, disabled=True
    )
    field_order = ("necessary", "analytics", "offers")

    def answers(self) -> dict[str, bool]:
        return {name: self.cleaned_data[name] for name in ("analytics", "offers")}


class DeleteForm(forms.Form):
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class WordsField(forms.CharField):
    """Counts the end of a line once, as browsers do while one types."""

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


RATINGS = (("", "No rating"), ("1", "1, poor"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5, very good"))


class FeedbackForm(forms.Form):
    topic = forms.ChoiceField(label="What is it about?", choices=feedback.TOPICS)
    rating = forms.ChoiceField(
        label="How good is it?", choices=RATINGS, required=False, widget=forms.RadioSelect
    )
    text = WordsField(
        label="What do you think?",
        max_length=feedback.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"At most {feedback.LONGEST:,} characters. Please write no names or contacts here.",
    )

    def words(self) -> Words:
        given = self.cleaned_data
        return Words(given["topic"], given["text"], int(given["rating"]) if given["rating"] else None)
