"""The forms of the training pages."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from engine.contracts import HIGH, LABEL_NAMES, LOW, Transaction
from service_provider.queries import data_sets
from service_provider.queries.data_sets import DataSetRow
from service_provider.queries.learning import LABEL_RULES

HEAD = 4096
SEED_LIMIT = 2**31 - 1
RULE_NAMES = {
    "customer_spend_above_median": "High where the customer spends more than the middle customer",
    "price_above_median": "High where the price is above the middle price",
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Transactions, CSV or XLSX",
        help_text="At most 50 MB, with a header row. Nothing is trained yet: you see the columns first.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty. Choose one with a header row.",
        },
        max_length=120,
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        head = file.read(HEAD)
        file.seek(0)
        refusal = data_sets.find_refusal(file.name or "", file.size or 0, head)
        if refusal:
            raise forms.ValidationError(refusal)
        return file


class TrainForm(forms.Form):
    """The label rule is asked for only where the file has no labels."""

    seed = forms.IntegerField(
        min_value=0,
        max_value=SEED_LIMIT,
        initial=0,
        help_text="The same data and the same seed give the same model.",
    )
    label_rule = forms.ChoiceField(
        label="Label rule",
        help_text="The file has no column Label, so a rule has to make the labels. The report names it.",
        choices=[("", "Choose a rule"), *((rule, RULE_NAMES.get(rule, rule)) for rule in LABEL_RULES)],
    )

    def __init__(self, *args: Any, labelled: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if labelled:
            del self.fields["label_rule"]

    def wish(self) -> dict[str, Any]:
        return {"seed": self.cleaned_data["seed"], "label_rule": self.cleaned_data.get("label_rule")}


class EntryForm(forms.Form):
    """The eleven fields and the label, checked by the rules of a file's row."""

    Tid = forms.CharField(
        help_text="Where the file has a row with this Tid, a training uses your entry instead."
    )
    coupon_no = forms.CharField(label="Coupon number", required=False)
    customer_id = forms.CharField(label="Customer", required=False)
    gender = forms.ChoiceField(choices=[("", "Choose"), *((name, name) for name in data_sets.GENDERS)])
    age = forms.CharField(widget=forms.NumberInput)
    category = forms.CharField()
    quantity = forms.CharField(widget=forms.NumberInput)
    price = forms.CharField(
        help_text="The line's total.", widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    payment_method = forms.CharField(label="Payment")
    invoice_date = forms.CharField(
        label="Date of the invoice", widget=forms.DateInput(attrs={"type": "date"})
    )
    shopping_mall = forms.CharField(label="Mall")
    Label = forms.ChoiceField(
        label="What came true",
        choices=[("", "Choose"), *((str(value), LABEL_NAMES[value]) for value in (LOW, HIGH))],
    )

    entry: Transaction | None = None

    def __init__(self, *args: Any, data_set: DataSetRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.suggestions = {
            f"known-{name}": values
            for name, values in data_sets.list_suggestions(data_set).items()
            if name != "gender"
        }
        for name in self.suggestions:
            self.fields[name.removeprefix("known-")].widget.attrs["list"] = name

    def clean(self) -> dict[str, Any]:
        cells = {name: self.cleaned_data.get(name, "") for name in data_sets.ENTRY_COLUMNS}
        self.entry, expected = data_sets.read_entry(cells)
        for name, text in expected.items():
            if name not in self.errors:
                self.add_error(name, f"Expected: {text}.")
        return self.cleaned_data
