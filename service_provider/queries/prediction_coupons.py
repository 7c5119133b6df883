"""Which coupon a prediction names: the form takes any number, and some are numbers of our own."""

from typing import Any

from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Replace, Upper

from service_provider.models import Coupon
from service_provider.queries import campaigns

NONE, OTHER = "none", "other"
NAMED = {NONE: "No coupon", OTHER: "A number that is not ours"}


def column() -> Case:
    """The campaign of the coupon whose code stands in `coupon_no`, as a text; else NONE or OTHER."""
    code: Any = OuterRef("coupon_no")
    for sign in (" ", "-"):
        code = Replace(code, Value(sign), Value(""))
    ours = Coupon.objects.filter(code=Upper(code)).values("campaign_id")[:1]
    return Case(
        When(coupon_no="", then=Value(NONE)),
        default=Coalesce(Cast(Subquery(ours), CharField(max_length=20)), Value(OTHER)),
        output_field=CharField(max_length=20),
    )


def names() -> dict[str, str]:
    """What `column` answers -> what people call it. One query."""
    return {str(pk): name for pk, name in campaigns.names().items()} | NAMED
