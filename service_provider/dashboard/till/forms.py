"""Forms of the till's phone, and of the page that makes one."""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms

from service_provider.queries import catalogue
from service_provider.services.counter import MAX_PRICE, SoldLine

LINES, MOST_LINES = 3, 30
PREFIX = "lines"


class TillForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="Where it stands, for instance: shoes, ground floor.")
    mall = forms.ChoiceField(help_text="It redeems coupons of this mall only.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mall"].choices = catalogue.list_malls()  # type: ignore[attr-defined]


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        label="Code of the coupon",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    sale = forms.CharField(max_length=80, widget=forms.HiddenInput)


class TakeBackForm(forms.Form):
    why = forms.CharField(max_length=200, label="Why", help_text="Kept with the redemption.")


class Amount(forms.DecimalField):
    """Whoever types a comma means a point."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class LineForm(forms.Form):
    category = forms.ChoiceField(required=False)
    amount = Amount(
        required=False, max_digits=12, min_value=Decimal(0), max_value=MAX_PRICE,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, categories: Sequence[tuple[str, str]], digits: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "Choose"), *categories]  # type: ignore[attr-defined]
        self.digits = digits

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None:
            return None
        if not amount:
            raise forms.ValidationError("Enter an amount above 0.")
        if amount != round(amount, self.digits):
            places = f"at most {self.digits} decimal places" if self.digits else "no decimal places"
            raise forms.ValidationError(f"An amount in the mall's currency has {places}.")
        return amount

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for one, other, word in (("category", "amount", "an amount"), ("amount", "category", "a category")):
            if given.get(one) and not given.get(other) and other not in self.errors:
                self.add_error(other, f"Choose or enter {word} too, or empty the line.")
        return given


class LinesForm(forms.BaseFormSet):
    def clean(self) -> None:
        if not any(self.errors) and not self.sold():
            raise forms.ValidationError("Enter at least one line: what is bought, and for how much.")

    def sold(self) -> tuple[SoldLine, ...]:
        """The lines that are filled, as the till charges them."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data.get("category")]
        return tuple(SoldLine(line["category"], line["amount"]) for line in filled)


_LineForms = forms.formset_factory(LineForm, formset=LinesForm, extra=LINES, max_num=MOST_LINES)


def lines_form(data: Any = None, *, digits: int) -> LinesForm:
    categories = catalogue.list_categories()
    form = _LineForms(data, prefix=PREFIX, form_kwargs={"categories": categories, "digits": digits})
    return cast(LinesForm, form)


def new_sale() -> str:
    """The name of a sale: who has checked a coupon in it, redeems it in it."""
    return secrets.token_hex(8)


def with_more_lines(data: Any) -> Any:
    """What was sent, with room for more lines."""
    more = data.copy()
    told = more.get(f"{PREFIX}-TOTAL_FORMS", "")
    lines = int(told) if told.isdecimal() and len(told) < 4 else 0
    more[f"{PREFIX}-TOTAL_FORMS"] = str(min(MOST_LINES, lines + LINES))
    return more


def carried(data: Any) -> list[tuple[str, str]]:
    """What the page that shows the effect sends on, to be checked once more."""
    return [(name, data[name]) for name in data if name in ("code", "sale") or name.startswith(f"{PREFIX}-")]
