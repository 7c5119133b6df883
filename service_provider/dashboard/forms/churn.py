"""How much of the churn ladder is climbed."""

from typing import Any

from django import forms

from service_provider.services import churn

SEED_LIMIT = 2**31 - 1
QUICK, FULL, NETS = "quick", "full", "nets"
HOW = {
    QUICK: "Quick: rates to gradient boosting, within minutes",
    FULL: "Full: the same with more moments of each visit",
    NETS: "Full and the nets, up to half an hour",
}
NO_TORCH = (
    "Nets are trained where PyTorch is installed: pip install -r requirements-nets.txt, then start anew."
)


class TrainForm(forms.Form):
    how = forms.ChoiceField(label="How much", initial=QUICK)
    seed = forms.IntegerField(
        min_value=0,
        max_value=SEED_LIMIT,
        initial=0,
        help_text="The same visits and the same seed give the same model.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        has_nets = churn.has_nets()
        field = self.fields["how"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, words) for name, words in HOW.items() if name != NETS or has_nets]
        if not has_nets:
            field.help_text = NO_TORCH

    def wish(self) -> dict[str, Any]:
        how = self.cleaned_data["how"]
        return {"is_quick": how == QUICK, "with_nets": how == NETS, "seed": self.cleaned_data["seed"]}
