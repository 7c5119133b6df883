"""The form of a campaign: as it is spoken of, in the mall's currency and in per cent."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from engine.contracts import FOR_SEGMENTS, PUBLISHED_RULE, RANDOM
from service_provider.queries import campaigns as campaign_rows
from service_provider.queries import catalogue, segments
from service_provider.queries.campaign_values import AMOUNT, AUDIENCES, PERCENT, POLICIES, CampaignValues
from service_provider.queries.mall import MallSettings
from service_provider.services import campaigns

MOST_MINOR = 10**14
KINDS = ((PERCENT, "Per cent of the price"), (AMOUNT, "An amount"))
FIELDS = {  # what the rules call a field, and what the form does
    "cap_minor": "cap", "min_basket_minor": "min_basket", "budget_minor": "budget",
    "day_budget_minor": "day_budget", "overbooking_pct": "overbooking", "holdout_bp": "holdout",
}  # fmt: skip
PARTS = (
    ("What it offers", "", ("name", "starts_on", "ends_on", "discount_kind", "depths", "cap", "min_basket",
                            "valid_days", "categories", "malls")),
    ("To whom", "", ("audience", "segments", "limit_per_shopper", "cooldown_hours", "limit_total")),
    ("Money", "What is spent and promised stays within the budget: every coupon that is given out sets its cap aside "
              "until it is used or over. A coupon that is out is always honoured.",
     ("budget", "day_budget", "overbooking")),
    ("How it decides", "", ("policy", "rate", "threshold", "arm", "margin_floor", "priority", "combines_with",
                            "restores_on_cancel", "holdout")),
)  # fmt: skip


def _share(label: str, help_text: str = "", *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, required=required, min_value=0, max_value=100, decimal_places=2
    )


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


def _whole(
    label: str, most: int, help_text: str = "", *, least: int = 1, required: bool = True
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=help_text, required=required
    )


def _some(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=help_text, required=False, widget=forms.CheckboxSelectMultiple
    )


class CampaignForm(forms.Form):
    name = forms.CharField(max_length=80)
    starts_on = _day("First day")
    ends_on = _day("Last day")
    discount_kind = forms.ChoiceField(label="Discount", choices=KINDS)
    depths = forms.CharField(
        max_length=80,
        label="Depths",
        help_text="One or more, rising, with a space between them: “5 10 15” is three kinds of coupon, and the policy "
        "chooses among them. Percentages, or amounts in the mall's currency.",
    )
    cap = forms.DecimalField()
    min_basket = forms.DecimalField()
    valid_days = _whole(
        "Days through which a coupon lives",
        366,
        "1: until the last second of the day on which it is given out.",
    )
    categories = _some("Categories", "None chosen: all.")
    malls = _some("Malls", "None chosen: all.")
    audience = forms.ChoiceField(label="Audience", choices=list(AUDIENCES.items()))
    segments = _some("Segments", "Only for the audience “Some segments”.")
    limit_per_shopper = _whole("Coupons per shopper", 1_000)
    cooldown_hours = _whole(
        "Cool-down, in hours", 10_000, "So long a shopper gets no other coupon after one.", least=0
    )
    limit_total = _whole(
        "Coupons in all", 2_000_000_000, "Empty: as many as the budget allows.", required=False
    )
    budget = forms.DecimalField()
    day_budget = forms.DecimalField()
    overbooking = forms.DecimalField(
        min_value=1,
        max_value=5,
        decimal_places=2,
        help_text="1: what is spent and all that is promised fits into the budget. 2: only half of what is promised "
        "has to, because many coupons are never used. If more are used than that, they are honoured, the "
        "budget is overspent and no more are given out.",
    )
    policy = forms.ChoiceField(label="Policy", choices=list(POLICIES.items()))
    rate = _share(
        "Chance of a coupon, in %", "Of “By chance”: at so many of its chances a coupon is offered."
    )
    threshold = _share(
        "Risk from which on, in %",
        "Of “Highest risk first”: offered where the visit ends without a purchase at least this likely. Empty: the "
        "model's own threshold. Without a model that serves it offers nothing.",
    )
    arm = _whole("Which depth", 6, "Of “Highest risk first”: 1 is the first one.", required=False)
    margin_floor = _share("Margin that must be left, in % of the price", "No coupon goes below it.")
    priority = _whole("Priority", 1_000, "Where several campaigns fit, the highest decides.", least=-1_000)
    combines_with = _some("Combines with", "None chosen: its coupons stand alone in a basket.")
    restores_on_cancel = forms.BooleanField(
        required=False, label="Cancelling an order brings its coupon back, if it is still valid"
    )
    holdout = _share(
        "Own holdout, in %",
        "So many of those who would get a coupon never do, beside the mall's own holdout, so that the effect can be "
        "seen. It is fixed once a coupon was given out.",
        required=True,
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)  # without it the form is an old one

    def __init__(self, *args: Any, mall: MallSettings, campaign_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mall = mall
        self.values: CampaignValues | None = None  # what a valid form asks for
        for name, label, required, help_text in (
            (
                "cap",
                "Cap of a coupon",
                False,
                "The most that one coupon may cost. Of an amount: the amount itself.",
            ),
            ("min_basket", "Minimum basket", False, "An amount needs one."),
            ("budget", "Budget", True, ""),
            ("day_budget", "Budget a day", False, "Empty: no limit but the budget."),
        ):
            self.fields[name] = self._money(label, required, help_text)
        self._offer("categories", catalogue.list_categories())
        self._offer("malls", catalogue.list_malls())
        self._offer("segments", list(segments.names().items()))
        others = [(str(pk), name) for pk, name in campaign_rows.names().items() if pk != campaign_id]
        self._offer("combines_with", others)

    def _money(self, label: str, required: bool, help_text: str) -> forms.DecimalField:
        return forms.DecimalField(
            label=f"{label}, in {self.mall.currency}",
            min_value=0,
            max_value=Decimal(MOST_MINOR).scaleb(-self.mall.minor_digits),
            decimal_places=self.mall.minor_digits,
            required=required,
            help_text=help_text,
        )

    def _offer(self, name: str, known: list[tuple[str, str]]) -> None:
        """What there is, and what was chosen before and is gone."""
        gone = [one for one in self.initial.get(name, ()) if one not in dict(known)]
        self.fields[name].choices = [*known, *((one, one) for one in gone)]  # type: ignore[attr-defined]

    @property
    def parts(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """The fields under the headings of the page."""
        for title, note, names in PARTS:
            yield title, note, [self[name] for name in names]

    def clean_depths(self) -> tuple[int, ...]:
        """In 1/10,000, or in the smallest unit."""
        is_percent = self.data.get("discount_kind", PERCENT) == PERCENT
        digits = 2 if is_percent else self.mall.minor_digits
        words = [one for one in re.split(r"[;\s]+|,(?=\s)", self.cleaned_data["depths"]) if one]
        return tuple(_scaled(one.rstrip("%"), digits) for one in words if one != "%")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.values = values = self._values(cleaned)
            for refusal in campaigns.broken(values):
                self.refuse(refusal)
        return cleaned

    def refuse(self, refusal: campaigns.CampaignRefused) -> None:
        """Tells it beside its field."""
        self.add_error(FIELDS.get(refusal.field, refusal.field), str(refusal))

    def _values(self, given: dict[str, Any]) -> CampaignValues:
        same = (
            "name", "starts_on", "ends_on", "discount_kind", "depths", "valid_days", "audience", "limit_total",
            "limit_per_shopper", "cooldown_hours", "restores_on_cancel", "policy", "priority",
        )  # fmt: skip
        is_amount = given["discount_kind"] == AMOUNT
        cap = self._minor(given["cap"]) or (max(given["depths"], default=0) if is_amount else 0)
        is_for_segments = given["audience"] == FOR_SEGMENTS
        return CampaignValues(
            **{name: given[name] for name in same},
            cap_minor=cap,
            min_basket_minor=self._minor(given["min_basket"]) or 0,
            budget_minor=self._minor(given["budget"]) or 0,
            day_budget_minor=self._minor(given["day_budget"]),
            overbooking_pct=int(given["overbooking"] * 100),
            holdout_bp=int(given["holdout"] * 100),
            categories=tuple(given["categories"]),
            malls=tuple(given["malls"]),
            segments=tuple(given["segments"]) if is_for_segments else (),
            combines_with=tuple(sorted(map(int, given["combines_with"]))),
            parameters=_parameters(given),
        )

    def _minor(self, amount: Decimal | None) -> int | None:
        return None if amount is None else int(amount.scaleb(self.mall.minor_digits))


def _scaled(text: str, digits: int) -> int:
    try:
        number = Decimal(text).scaleb(digits)
    except InvalidOperation:
        raise forms.ValidationError(f"“{text}” is no number. Write for instance “5 10 15”.") from None
    if not number.is_finite() or number != int(number) or abs(number) > MOST_MINOR:
        raise forms.ValidationError(f"“{text}” has too many digits.")
    return int(number)


def _parameters(given: dict[str, Any]) -> dict[str, float | int]:
    """Only those of the chosen policy, and the margin's floor."""
    found: dict[str, float | int] = {}
    if given["policy"] == RANDOM:
        found["rate"] = float(given["rate"] or 0) / 100
    if given["policy"] == PUBLISHED_RULE:
        found["arm"] = given["arm"] or 1
        if given["threshold"] is not None:
            found["threshold"] = float(given["threshold"]) / 100
    if given["margin_floor"]:
        found["margin_floor"] = float(given["margin_floor"]) / 100
    return found


# ---- what stands in the form at first -----------------------------------------------------------------


def initial_of(values: CampaignValues, mall: MallSettings) -> dict[str, Any]:
    def money(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-mall.minor_digits)

    digits = 2 if values.discount_kind == PERCENT else mall.minor_digits
    given, same = (
        values.parameters,
        CampaignForm.base_fields.keys() & CampaignValues.__dataclass_fields__.keys(),
    )
    return {name: getattr(values, name) for name in same} | {
        "depths": " ".join(f"{Decimal(one).scaleb(-digits).normalize():f}" for one in values.depths),
        "cap": money(values.cap_minor),
        "min_basket": money(values.min_basket_minor),
        "budget": money(values.budget_minor),
        "day_budget": money(values.day_budget_minor),
        "overbooking": plain(Decimal(values.overbooking_pct) / 100),
        "holdout": plain(Decimal(values.holdout_bp) / 100),
        "combines_with": [str(one) for one in values.combines_with],
        "rate": percent(given.get("rate")),
        "threshold": percent(given.get("threshold")),
        "arm": given.get("arm", 1),
        "margin_floor": percent(given.get("margin_floor", 0.0)),
    }


def plain(number: Decimal) -> str:
    """10.00 is "10"."""
    return f"{number.normalize():f}"


def percent(share: float | None) -> str | None:
    return None if share is None else plain(Decimal(str(round(100 * share, 2))))
